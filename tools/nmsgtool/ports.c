/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the arguments of -l and -s. */
#include <string.h>

#include "base/number.h"
#include "settings.h"

enum {
    PORT_MAX = 65535,
    RANGE_MAX = 20,    /* Between the first port and the last. */
    FREQ_DEFAULT = 10, /* Pauses a second. */
    UNIT_MAX = 1000000000,
};

#define usage(err, ...) nm_error_set((err), NM_E_ARGUMENT, 0, "usage error: " __VA_ARGS__)

/* Take a number off the front. */
static bool
take_number(nm_span *text, uint64_t *out)
{
    size_t len = nm_number_take_u64(*text, out);
    *text = nm_span_of(text->data + len, text->len - len);
    return len > 0;
}

static bool
take_text(nm_span *text, const char *expected)
{
    size_t len = strlen(expected);
    if (text->len < len || memcmp(text->data, expected, len) != 0) {
        return false;
    }
    *text = nm_span_of(text->data + len, text->len - len);
    return true;
}

/* ",RATE" and ",RATE,FREQ". */
static bool
take_rate(nm_span *text, tool_ports *out)
{
    uint64_t freq = 0;
    if (!take_text(text, ",")) {
        return true;
    }
    if (!take_number(text, &out->rate) || out->rate > UNIT_MAX) {
        return false;
    }
    if (take_text(text, ",") && (!take_number(text, &freq) || freq > UNIT_MAX)) {
        return false;
    }
    out->freq = freq > 0 ? freq : FREQ_DEFAULT;
    out->burst = out->rate > out->freq ? out->rate / out->freq : 1;
    return true;
}

nm_status
tool_ports_parse(const char *text, char letter, tool_ports *out, nm_error *err)
{
    uint8_t octets[NM_IPV6_LEN];
    uint64_t first = 0;
    uint64_t last = 0;
    const char *slash = strchr(text, '/');
    memset(out, 0, sizeof *out);
    if (slash == NULL) {
        return usage(err, "argument to -%c needs a /", letter);
    }
    nm_span address = nm_span_of(text, (size_t)(slash - text));
    nm_span rest = nm_span_of(slash + 1, strlen(slash + 1));
    if (!take_number(&rest, &first)) {
        return usage(err, "need a port number or range after /");
    }
    last = first;
    if (take_text(&rest, "..") && !take_number(&rest, &last)) {
        return usage(err, "bad port range in -%c argument", letter);
    }
    if (first > last || last - first > RANGE_MAX) {
        return usage(err, "bad port range in -%c argument", letter);
    }
    bool is_good = first > 0 && last <= PORT_MAX && nm_address_parse(address, octets) > 0 &&
                   address.len < sizeof out->address;
    if (is_good && letter == 's') {
        is_good = take_rate(&rest, out);
    }
    if (!is_good || rest.len > 0) {
        return usage(err, "bad -%c socket", letter);
    }
    memcpy(out->address, address.data, address.len);
    out->first = (unsigned)first;
    out->last = (unsigned)last;
    return NM_OK;
}
