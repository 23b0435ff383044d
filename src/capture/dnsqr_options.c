/* SPDX-License-Identifier: Apache-2.0 */
/* Options of DNS transactions from what users set. */
#include "capture/dnsqr_options.h"

#include <stdlib.h>

#include "base/ascii.h"
#include "capture/name_set.h"
#include "dns/name.h"

const nm_dnsqr_options nm_dnsqr_options_default = {
    .mode = NM_DNSQR_PAIRS,
    .rd = NM_DNSQR_RD_ANY,
    .query_timeout_sec = 60,
    .queries_max = 131072,
    .queries_len_max = 256U << 20,
};

const char *const nm_dnsqr_variable_names[NM_DNSQR_VARIABLE_COUNT] = {
    [NM_DNSQR_QUERY_TIMEOUT] = "DNSQR_QUERY_TIMEOUT",
    [NM_DNSQR_STATE_TABLE_MAX] = "DNSQR_STATE_TABLE_MAX",
    [NM_DNSQR_CAPTURE_QR] = "DNSQR_CAPTURE_QR",
    [NM_DNSQR_CAPTURE_RD] = "DNSQR_CAPTURE_RD",
    [NM_DNSQR_ZERO_RESOLVER_ADDRESS] = "DNSQR_ZERO_RESOLVER_ADDRESS",
    [NM_DNSQR_FILTER_QNAMES_EXCLUDE] = "DNSQR_FILTER_QNAMES_EXCLUDE",
    [NM_DNSQR_FILTER_QNAMES_INCLUDE] = "DNSQR_FILTER_QNAMES_INCLUDE",
    [NM_DNSQR_AUTH_ADDRS] = "DNSQR_AUTH_ADDRS",
    [NM_DNSQR_RES_ADDRS] = "DNSQR_RES_ADDRS",
};

/* @return false where there is no number, or something behind it. */
static bool
read_number(const char *text, long long *out)
{
    char *end = NULL;
    if (text == NULL) {
        return false;
    }
    long long value = strtoll(text, &end, /* any base */ 0);
    if (end == text || *end != '\0') {
        return false;
    }
    *out = value;
    return true;
}

/* A number from 1 on; those that are too large count as the largest. */
static void
set_positive(const char *text, uint32_t *option)
{
    long long value;
    if (read_number(text, &value) && value > 0) {
        *option = value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
    }
}

static void
set_mode(const char *text, nm_dnsqr_mode *option)
{
    long long value;
    if (read_number(text, &value) && (value == 0 || value == 1)) {
        *option = value == 0 ? NM_DNSQR_QUERIES : NM_DNSQR_RESPONSES;
    }
}

static void
set_rd(const char *text, nm_dnsqr_rd *option)
{
    long long value;
    if (read_number(text, &value) && (value == 0 || value == 1)) {
        *option = value == 0 ? NM_DNSQR_RD_CLEAR : NM_DNSQR_RD_SET;
    }
}

static void
set_flag(const char *text, bool *option)
{
    long long value;
    if (read_number(text, &value)) {
        *option = value != 0;
    }
}

static void
set_text(const char *text, nm_span *option)
{
    if (text != NULL) {
        *option = nm_span_of_text(text);
    }
}

void
nm_dnsqr_options_set(const char *const values[NM_DNSQR_VARIABLE_COUNT], nm_dnsqr_options *options)
{
    set_positive(values[NM_DNSQR_QUERY_TIMEOUT], &options->query_timeout_sec);
    set_positive(values[NM_DNSQR_STATE_TABLE_MAX], &options->queries_max);
    set_mode(values[NM_DNSQR_CAPTURE_QR], &options->mode);
    set_rd(values[NM_DNSQR_CAPTURE_RD], &options->rd);
    set_flag(values[NM_DNSQR_ZERO_RESOLVER_ADDRESS], &options->zeroes_resolver);
    set_text(values[NM_DNSQR_FILTER_QNAMES_EXCLUDE], &options->names_excluded);
    set_text(values[NM_DNSQR_FILTER_QNAMES_INCLUDE], &options->names_included);
}

bool
nm_dnsqr_names_next_bad(nm_span *list, nm_span *out_name)
{
    nm_span text;
    while (nm_name_list_next(list, &text)) {
        uint8_t name[NM_DNS_NAME_MAX];
        size_t len;
        if (nm_dns_name_parse(text, name, &len) != NM_OK) {
            *out_name = text;
            return true;
        }
    }
    return false;
}
