/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the text of ZeroMQ endpoints. */
#include "io/zmq_endpoint.h"

#include "base/ascii.h"
#include "base/number.h"

enum { SHOWN_MAX = 80 };

static const char SEPARATOR[] = "://";

#define shown(text)                                                                                \
    (int)((text).len < SHOWN_MAX ? (text).len : SHOWN_MAX), (const char *)(text).data

/* Take the next octets up to a comma off the front; commas before them do not count.
 * @return Empty: there are none. */
static nm_span
take_part(nm_span *text)
{
    size_t start = 0;
    while (start < text->len && text->data[start] == ',') {
        start++;
    }
    size_t end = start;
    while (end < text->len && text->data[end] != ',') {
        end++;
    }
    nm_span part = nm_span_of(text->data + start, end - start);
    *text = nm_span_of(text->data + end, text->len - end);
    return part;
}

/* Octets in front of "://"; 0 if nothing stands there, or nothing behind it. */
static size_t
transport_len(nm_span address)
{
    size_t len = sizeof SEPARATOR - 1;
    for (size_t i = 1; i + len < address.len; i++) {
        if (memcmp(address.data + i, SEPARATOR, len) == 0) {
            return i;
        }
    }
    return 0;
}

/* Whether what is behind the last colon is a number, and too large for a port. The library connects
 * to such ports, too, without ever getting there or saying so. */
static bool
has_bad_port(nm_span address)
{
    uint64_t port = 0;
    size_t start = address.len;
    while (start > 0 && nm_ascii_is_digit(address.data[start - 1])) {
        start--;
    }
    nm_span digits = nm_span_of(address.data + start, address.len - start);
    return digits.len > 0 && start > 0 && address.data[start - 1] == ':' &&
           (!nm_number_parse_u64(digits, &port) || port > UINT16_MAX);
}

nm_status
nm_zmq_endpoint_init(nm_span address, bool is_output, nm_zmq_endpoint *out, nm_error *err)
{
    size_t len = transport_len(address);
    if (len == 0 || memchr(address.data, '\0', address.len) != NULL) {
        return nm_error_set(err, NM_E_ARGUMENT, 0,
                            "\"%.*s\" is no ZeroMQ endpoint: these begin with transport://address",
                            shown(address));
    }
    if (address.len > NM_ZMQ_ADDRESS_MAX) {
        return nm_error_set(err, NM_E_ARGUMENT, 0,
                            "\"%.*s...\" is no ZeroMQ endpoint: its address has %zu octets, the "
                            "most is %d",
                            shown(address), address.len, NM_ZMQ_ADDRESS_MAX);
    }
    nm_span transport = nm_span_of(address.data, len);
    if (nm_ascii_equal_any_case(transport, nm_span_of_text("inproc"))) {
        return nm_error_set(err, NM_E_ARGUMENT, 0,
                            "\"%.*s\" reaches nobody: inproc:// is for sockets of one context",
                            shown(address));
    }
    if (nm_ascii_equal_any_case(transport, nm_span_of_text("tcp")) && has_bad_port(address)) {
        return nm_error_set(err, NM_E_ARGUMENT, 0,
                            "\"%.*s\" is no ZeroMQ endpoint: its end is no port from 0 to 65535",
                            shown(address));
    }
    *out = (nm_zmq_endpoint){.is_accepting = !is_output, .queue_len = NM_ZMQ_QUEUE_LEN};
    memcpy(out->address, address.data, address.len); /* The rest is zero. */
    return NM_OK;
}

nm_status
nm_zmq_endpoint_parse(nm_span text, bool is_output, nm_zmq_endpoint *out, nm_error *err)
{
    static const struct {
        const char *word;
        bool is_about_direction; /* Else about the pattern. */
        bool value;
    } words[] = {
        {"accept", true, true},
        {"connect", true, false},
        {"pubsub", false, false},
        {"pushpull", false, true},
    };
    nm_zmq_endpoint endpoint;
    nm_span rest = text;
    bool is_said[2] = {false, false};
    nm_status status = nm_zmq_endpoint_init(take_part(&rest), is_output, &endpoint, err);
    if (status != NM_OK) {
        return status;
    }
    for (nm_span part = take_part(&rest); part.len > 0; part = take_part(&rest)) {
        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
            if (!nm_ascii_equal_any_case(part, nm_span_of_text(words[i].word))) {
                continue;
            }
            bool is_about_direction = words[i].is_about_direction;
            if (is_said[is_about_direction]) {
                return nm_error_set(
                    err, NM_E_ARGUMENT, 0, "\"%.*s\" says twice whether to %s", shown(text),
                    is_about_direction ? "accept or connect" : "use pubsub or pushpull");
            }
            is_said[is_about_direction] = true;
            *(is_about_direction ? &endpoint.is_accepting : &endpoint.is_pushpull) = words[i].value;
        }
    }
    *out = endpoint;
    return NM_OK;
}
