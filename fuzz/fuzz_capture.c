/* SPDX-License-Identifier: Apache-2.0 */
/* A capture: an octet that says which messages are made of it and how, one for the link type, then
 * frames, each behind the seconds since the one before (one octet, of which the top bit means back)
 * and its length (two). What comes out must be messages of that type, no more must be kept than the
 * limits say, and packets that come back out of a message must be those that went in. */
#include "base/cursor.h"
#include "capture/packets_of.h"
#include "message/message.h"
#include "message/schema/tables.h"

#include "fuzz.h"

enum {
    QUERIES_MAX = 3,
    QUERIES_LEN_MAX = 4096,
};

static const uint32_t link_types[] = {
    NM_LINK_ETHERNET,   NM_LINK_RAW,  NM_LINK_NULL, NM_LINK_LOOP, NM_LINK_LINUX_SLL,
    NM_LINK_LINUX_SLL2, NM_LINK_IPV4, NM_LINK_IPV6, 147,
};

/* What the octets in front ask for. */
static nm_capture_options
options_of(uint8_t how, uint8_t link)
{
    static const nm_schema *const schemas[] = {
        &nm_schema_base_dnsqr, &nm_schema_base_dnsqr, &nm_schema_base_dnsqr,  &nm_schema_base_dnsqr,
        &nm_schema_base_dnsqr, &nm_schema_base_ncap,  &nm_schema_base_packet, &nm_schema_base_pkt};
    nm_capture_options o = nm_capture_options_default(
        schemas[how % 8], link_types[link % (sizeof link_types / sizeof *link_types)]);
    o.links = link >= 0x80 ? NM_CAPTURE_LINKS_USUAL : NM_CAPTURE_LINKS_ALL;
    o.fragments = (nm_ip_limits){.datagrams = 4, .len = 8192, .timeout_sec = 5};
    o.dnsqr.queries_max = QUERIES_MAX;
    o.dnsqr.queries_len_max = QUERIES_LEN_MAX;
    o.dnsqr.mode = how % 8 == 1   ? NM_DNSQR_QUERIES
                   : how % 8 == 2 ? NM_DNSQR_RESPONSES
                                  : NM_DNSQR_PAIRS;
    o.dnsqr.zeroes_resolver = how % 8 == 3;
    if (how % 8 == 4) {
        o.dnsqr.rd = NM_DNSQR_RD_SET;
        o.dnsqr.names_excluded = nm_span_of("com:a.net", 9);
        o.dnsqr.names_included = nm_span_of("example.com", 11);
    }
    return o;
}

static bool
is_within(nm_span inner, nm_span outer)
{
    if (inner.len == 0) {
        return true;
    }
    for (size_t i = 0; outer.data != NULL && i + inner.len <= outer.len; i++) {
        if (memcmp(outer.data + i, inner.data, inner.len) == 0) {
            return true;
        }
    }
    return false;
}

/* @param input  All that was fed, in which packets must lie unless they were put together, or their
 *               addresses zeroed. */
static void
require_message(const nm_capture_options *o, const nm_payload *payload, nm_span input)
{
    static nm_message message;
    nm_packets_place place = {.field = 0};
    nm_packet_of packet;
    size_t count = 0;
    bool is_verbatim = !o->dnsqr.zeroes_resolver && o->dnsqr.mode == NM_DNSQR_PAIRS;
    FUZZ_REQUIRE(nm_message_decode(&message, payload, NULL) == NM_OK);
    FUZZ_REQUIRE(message.schema == o->schema);
    while (nm_packets_next(&message, &place, &packet)) {
        nm_ip_packet ip;
        bool is_whole = nm_ip_packet_parse(packet.packet.octets, &ip) == NM_OK;
        FUZZ_REQUIRE(packet.packet.len >= packet.packet.octets.len);
        FUZZ_REQUIRE(o->schema != &nm_schema_base_dnsqr || is_whole);
        /* TCP and ICMP, and base:ncap, hold what was put together. */
        bool may_be_built =
            o->schema == &nm_schema_base_ncap || (is_whole && ip.protocol != NM_IP_UDP);
        FUZZ_REQUIRE(!is_verbatim || may_be_built || is_within(packet.packet.octets, input));
        count++;
    }
    FUZZ_REQUIRE(count > 0);
}

static nm_status
drain(nm_capture *c, const nm_capture_options *o, nm_span input)
{
    nm_payload payload;
    nm_status status;
    while ((status = nm_capture_next(c, &payload, NULL)) == NM_OK || status == NM_E_NOMEM) {
        FUZZ_REQUIRE(status == NM_OK || fuzz_memory_has_failed());
        if (status == NM_OK) {
            require_message(o, &payload, input);
        }
    }
    return status;
}

static void
require_counts(const nm_capture *c)
{
    nm_capture_stats s = nm_capture_stats_get(c);
    FUZZ_REQUIRE(s.cut + s.bad + s.other <= s.packets);
    FUZZ_REQUIRE(s.reassembled <= s.fragments && s.given_up <= s.fragments);
    FUZZ_REQUIRE(s.pushed_out <= s.unanswered);
    FUZZ_REQUIRE(s.queries <= QUERIES_MAX + 1);
    FUZZ_REQUIRE(s.messages <= s.packets);
}

static void
run(nm_capture *c, nm_buffer *messages, const nm_capture_options *o, nm_cursor *in, nm_span input)
{
    int64_t now = 1000;
    while (nm_cursor_left(in) > 0) {
        uint8_t step = nm_cursor_u8(in);
        size_t len = nm_cursor_be16(in);
        bool is_cut = (len & 0x8000) != 0;
        len &= 0x7fff;
        nm_span octets = nm_cursor_take(in, len < nm_cursor_left(in) ? len : nm_cursor_left(in));
        now += step < 0x80 ? step : 0x80 - step;
        const nm_captured packet = {
            .octets = octets, .len = (uint32_t)octets.len + is_cut, .time_sec = now};
        messages->len = 0;
        nm_capture_feed(c, &packet);
        FUZZ_REQUIRE(drain(c, o, input) == NM_AGAIN);
        require_counts(c);
        if (step == 0x7f) {
            nm_capture_tick(c, now + 1, 0);
            FUZZ_REQUIRE(drain(c, o, input) == NM_AGAIN);
        }
    }
    nm_capture_finish(c);
    FUZZ_REQUIRE(drain(c, o, input) == NM_END);
    FUZZ_REQUIRE(nm_capture_stats_get(c).queries == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    nm_cursor in = nm_cursor_init(nm_span_of(data, size));
    uint8_t how = nm_cursor_u8(&in);
    uint8_t link = nm_cursor_u8(&in);
    nm_capture_options options = options_of(how, link);
    nm_capture *c = NULL;
    nm_buffer messages;
    options.allocator = fuzz_memory_begin();
    nm_buffer_init(&messages, SIZE_MAX, options.allocator);
    nm_status status = nm_capture_new(&options, &messages, &c, NULL);
    FUZZ_REQUIRE(status == NM_OK || fuzz_memory_has_failed() ||
                 nm_capture_check(&options, NULL) != NM_OK);
    if (status == NM_OK) {
        run(c, &messages, &options, &in, nm_span_of(data, size));
        nm_capture_free(c);
    }
    nm_buffer_clear(&messages);
    fuzz_memory_end();
    return 0;
}
