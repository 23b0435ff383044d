/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/tcp.h"

#include "check.h"
#include "octets.h"

/* A header with `words` of length that says so, then `payload_len` octets. */
static void
put_tcp(octets *o, unsigned words, size_t len)
{
    octets_be(o, 40000, 2);
    octets_be(o, 53, 2);
    octets_be(o, 0x01020304, 4);
    octets_be(o, 0x05060708, 4);
    octets_u8(o, words << 4);
    octets_u8(o, 0x18);
    octets_be(o, 1000, 2);
    octets_be(o, 0, 4);
    octets_fill(o, 'o', len);
}

static void
options_and_payload_are_told_apart(void)
{
    static const struct {
        const char *name;
        unsigned words;
        size_t len;
        nm_status status;
        size_t options_len;
    } rows[] = {
        {"no options", 5, 3, NM_OK, 0},       {"options", 7, 11, NM_OK, 8},
        {"nothing behind", 5, 0, NM_OK, 0},   {"as long as can be", 15, 40, NM_OK, 40},
        {"options cut", 7, 7, NM_E_PARSE, 0}, {"too short a header", 4, 10, NM_E_PARSE, 0},
        {"no length", 0, 10, NM_E_PARSE, 0},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        octets o = {0};
        nm_tcp tcp = {.flags = 99};
        put_tcp(&o, rows[i].words, rows[i].len);
        CHECK_EQ(nm_tcp_parse(octets_span(&o), &tcp), rows[i].status);
        CHECK_EQ(tcp.flags, rows[i].status == NM_OK ? 0x18 : 99);
        if (rows[i].status == NM_OK) {
            CHECK_EQ(tcp.source_port, 40000);
            CHECK_EQ(tcp.destination_port, 53);
            CHECK_EQ(tcp.sequence, 0x01020304);
            CHECK_EQ(tcp.acknowledgement, 0x05060708);
            CHECK_EQ(tcp.options.len, rows[i].options_len);
            CHECK_EQ(tcp.payload.len, rows[i].len - rows[i].options_len);
        }
        octets_free(&o);
    }
}

static void
a_cut_header_is_refused(void)
{
    octets o = {0};
    put_tcp(&o, 5, 0);
    for (size_t len = 0; len < NM_TCP_HEADER_LEN; len++) {
        nm_tcp tcp;
        octets cut = {0};
        octets_put(&cut, o.data, len);
        CHECK_EQ(nm_tcp_parse(octets_span(&cut), &tcp), NM_E_PARSE);
        octets_free(&cut);
    }
    octets_free(&o);
}

CHECK_MAIN(CHECK_TEST(options_and_payload_are_told_apart), CHECK_TEST(a_cut_header_is_refused))
