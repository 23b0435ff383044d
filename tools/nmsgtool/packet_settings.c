/* SPDX-License-Identifier: Apache-2.0 */
/* What options say about packets. */
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "settings.h"

#define usage(err, ...) nm_error_set((err), NM_E_ARGUMENT, 0, "usage error: " __VA_ARGS__)

/* A number as C has them. */
static bool
parse_number(const char *text, uint32_t *out)
{
    char *end = NULL;
    if (!nm_ascii_is_digit((uint8_t)text[0])) {
        return false;
    }
    unsigned long long number = strtoull(text, &end, 0);
    if (*end != '\0' || number > INT32_MAX) {
        return false;
    }
    *out = (uint32_t)number;
    return true;
}

static nm_status
set_number(const char *text, const char *option, uint32_t *out, nm_error *err)
{
    if (text != NULL && (!parse_number(text, out) || *out == 0)) {
        return usage(err, "argument to --%s: '%.100s' is no number above 0", option, text);
    }
    return NM_OK;
}

static nm_status
set_word(const char *text, const char *option, const char *const words[2], size_t *out,
         nm_error *err)
{
    for (size_t i = 0; text != NULL && i < 2; i++) {
        if (strcmp(text, words[i]) == 0) {
            *out = i;
            return NM_OK;
        }
    }
    return text == NULL ? NM_OK
                        : usage(err, "argument to --%s: '%.100s' is neither %s nor %s", option,
                                text, words[0], words[1]);
}

static nm_status
set_dnsqr(const tool_options *options, nm_packet_options *out, nm_error *err)
{
    static const char *const only[2] = {"queries", "responses"};
    static const char *const bits[2] = {"0", "1"};
    size_t mode = SIZE_MAX;
    nm_status status = set_word(options->dnsqr_only, "dnsqr-only", only, &mode, err);
    const struct {
        nm_dnsqr_variable variable;
        const char *option;
        const char *value;
    } rows[] = {
        {NM_DNSQR_QUERY_TIMEOUT, "dnsqr-timeout", options->dnsqr_timeout},
        {NM_DNSQR_STATE_TABLE_MAX, "dnsqr-queries", options->dnsqr_queries},
        {NM_DNSQR_CAPTURE_QR, "dnsqr-only", mode < 2 ? bits[mode] : NULL},
        {NM_DNSQR_CAPTURE_RD, "dnsqr-rd", options->dnsqr_rd},
        {NM_DNSQR_ZERO_RESOLVER_ADDRESS, "dnsqr-zero", options->is_zeroing ? "1" : NULL},
        {NM_DNSQR_FILTER_QNAMES_EXCLUDE, "dnsqr-exclude", options->dnsqr_exclude},
        {NM_DNSQR_FILTER_QNAMES_INCLUDE, "dnsqr-include", options->dnsqr_include},
        {NM_DNSQR_AUTH_ADDRS, "dnsqr-auth", options->dnsqr_auth},
        {NM_DNSQR_RES_ADDRS, "dnsqr-res", options->dnsqr_res},
    };
    for (size_t i = 0; status == NM_OK && i < sizeof rows / sizeof *rows; i++) {
        nm_error detail;
        status = nm_packet_option_check(rows[i].variable, rows[i].value, &detail);
        out->dnsqr[rows[i].variable] = rows[i].value;
        if (status != NM_OK) {
            status = usage(err, "argument to --%s: %.200s", rows[i].option, detail.message);
        }
    }
    return status;
}

nm_status
tool_packet_settings_make(const tool_options *options, nm_packet_options *out, nm_error *err)
{
    static const char *const links[2] = {"usual", "all"};
    size_t kind = 0;
    *out = nm_packet_options_default();
    out->filter = options->bpf;
    out->is_immediate = options->is_unbuffered;
    nm_status status = set_word(options->links, "links", links, &kind, err);
    out->links = kind == 0 ? NM_CAPTURE_LINKS_USUAL : NM_CAPTURE_LINKS_ALL;
    if (status == NM_OK) {
        status = set_number(options->fragments, "fragments", &out->fragments.datagrams, err);
    }
    if (status == NM_OK) {
        status = set_number(options->fragment_timeout, "fragment-timeout",
                            &out->fragments.timeout_sec, err);
    }
    return status == NM_OK ? set_dnsqr(options, out, err) : status;
}

nm_status
tool_interface_parse(const char *text, char *name, nm_packet_options *out, nm_error *err)
{
    size_t len = strcspn(text, ",");
    const char *snap_len = text[len] == ',' ? text + len + 1 : NULL;
    out->is_promiscuous = len > 0 && text[len - 1] == '+';
    len -= out->is_promiscuous;
    if (len == 0 || len >= TOOL_INTERFACE_ROOM) {
        return usage(err, "bad interface in -i argument");
    }
    if (snap_len != NULL && !parse_number(snap_len, &out->snap_len)) {
        return usage(err, "bad capture length in -i argument");
    }
    memcpy(name, text, len);
    name[len] = '\0';
    return NM_OK;
}
