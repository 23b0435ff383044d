/* SPDX-License-Identifier: Apache-2.0 */
/* Options of inputs of packets. */
#include "io/packet_options.h"

#include <stdlib.h>

#include "base/ascii.h"

enum { BUFFER_LEN = 16 << 20 };

nm_packet_options
nm_packet_options_default(void)
{
    return (nm_packet_options){
        .links = NM_CAPTURE_LINKS_USUAL,
        .fragments = nm_ip_limits_default,
        .snap_len = NM_PACKET_SNAP_LEN,
        .buffer_len = BUFFER_LEN,
    };
}

void
nm_packet_options_from_environment(nm_packet_options *options)
{
    if (options->filter == NULL && options->dnsqr[NM_DNSQR_AUTH_ADDRS] == NULL &&
        options->dnsqr[NM_DNSQR_RES_ADDRS] == NULL) {
        options->filter = getenv("NMSG_BPF"); /* It would replace the filter for addresses. */
    }
    for (size_t v = 0; v < NM_DNSQR_VARIABLE_COUNT; v++) {
        if (options->dnsqr[v] == NULL) {
            options->dnsqr[v] = getenv(nm_dnsqr_variable_names[v]);
        }
    }
}

static bool
is_number(const char *text, unsigned long long most)
{
    char *end = NULL;
    if (!nm_ascii_is_digit((uint8_t)text[0])) {
        return false;
    }
    unsigned long long number = strtoull(text, &end, 0);
    return *end == '\0' && number > 0 && number <= most;
}

static bool
is_bit(const char *text)
{
    return (text[0] == '0' || text[0] == '1') && text[1] == '\0';
}

static nm_status
check_names(const char *text, nm_error *err)
{
    nm_span list = nm_span_of(text, strlen(text));
    nm_span bad;
    if (nm_dnsqr_names_next_bad(&list, &bad)) {
        return nm_error_set(err, NM_E_ARGUMENT, 0, "'%.*s' is no name of the DNS",
                            (int)(bad.len < 100 ? bad.len : 100), (const char *)bad.data);
    }
    return NM_OK;
}

static nm_status
check_addresses(const char *authorities, const char *resolvers, nm_error *err)
{
    nm_buffer filter;
    nm_buffer_init(&filter, INT32_MAX, &nm_allocator_heap);
    nm_status status = nm_dnsqr_filter_format(authorities, resolvers, NM_DNSQR_PAIRS, &filter, err);
    nm_buffer_clear(&filter);
    return status;
}

nm_status
nm_packet_option_check(nm_dnsqr_variable variable, const char *text, nm_error *err)
{
    if (text == NULL) {
        return NM_OK;
    }
    switch (variable) {
    case NM_DNSQR_QUERY_TIMEOUT:
    case NM_DNSQR_STATE_TABLE_MAX:
        return is_number(text, INT32_MAX)
                   ? NM_OK
                   : nm_error_set(err, NM_E_ARGUMENT, 0, "'%.100s' is no number above 0", text);
    case NM_DNSQR_CAPTURE_QR:
    case NM_DNSQR_CAPTURE_RD:
    case NM_DNSQR_ZERO_RESOLVER_ADDRESS:
        return is_bit(text) ? NM_OK
                            : nm_error_set(err, NM_E_ARGUMENT, 0, "'%.100s' is not 0 or 1", text);
    case NM_DNSQR_FILTER_QNAMES_EXCLUDE:
    case NM_DNSQR_FILTER_QNAMES_INCLUDE:
        return check_names(text, err);
    case NM_DNSQR_AUTH_ADDRS:
        return check_addresses(text, /* resolvers= */ NULL, err);
    case NM_DNSQR_RES_ADDRS:
        return check_addresses(/* authorities= */ NULL, text, err);
    case NM_DNSQR_VARIABLE_COUNT:
        break;
    }
    return NM_OK;
}
