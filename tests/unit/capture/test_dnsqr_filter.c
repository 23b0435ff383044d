/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"
#include "capture/dnsqr_options.h"

#include "check.h"
#include "failing_allocator.h"

#define FRAGMENT "(ip[6:2] & 0x3fff != 0)"
#define QUERY "(((udp[10:2] >> 15) & 0x01) == 0)"
#define RESPONSE "(((udp[10:2] >> 15) & 0x01) == 1)"

static void
lists_become_expressions(void)
{
    static const struct {
        const char *name;
        const char *authorities;
        const char *resolvers;
        nm_dnsqr_mode mode;
        const char *expected; /* NULL: NM_E_ARGUMENT. */
    } rows[] = {
        {"one authority", "192.0.2.1", NULL, NM_DNSQR_PAIRS,
         "(((dst 192.0.2.1) and udp dst port 53) or ((src 192.0.2.1) and udp src port 53) or "
         "((src 192.0.2.1) and " FRAGMENT "))"},
        {"one resolver", NULL, "192.0.2.1", NM_DNSQR_PAIRS,
         "(((src 192.0.2.1) and udp dst port 53) or ((dst 192.0.2.1) and udp src port 53) or "
         "((dst 192.0.2.1) and " FRAGMENT "))"},
        {"queries", "192.0.2.1,198.51.100.0/24", NULL, NM_DNSQR_QUERIES,
         "(((dst 192.0.2.1 or dst net 198.51.100.0/24) and udp dst port 53 and " QUERY "))"},
        {"responses", NULL, "192.0.2.1", NM_DNSQR_RESPONSES,
         "(((dst 192.0.2.1) and udp src port 53 and " RESPONSE ") or ((dst 192.0.2.1) and " FRAGMENT
         "))"},
        {"IPv6", "2001:db8::1", NULL, NM_DNSQR_PAIRS, "((dst 2001:db8::1) or (src 2001:db8::1))"},
        {"both versions", " 192.0.2.1\t,2001:db8::/32 ", NULL, NM_DNSQR_QUERIES,
         "(((dst 192.0.2.1) and udp dst port 53 and " QUERY
         ")) or ((dst net 2001:db8::/32) or (src net 2001:db8::/32))"},
        {"authorities and resolvers", "2001:db8::1", "2001:db8::2", NM_DNSQR_PAIRS,
         "((dst 2001:db8::1) or (src 2001:db8::1)) or ((src 2001:db8::2) or (dst 2001:db8::2))"},
        {"what is no address is left out", "x,,192.0.2.1/33,2001:db8::1,192.0.2.1/x,192.0.2.0/",
         NULL, NM_DNSQR_PAIRS, "((dst 2001:db8::1) or (src 2001:db8::1))"},
        {"nothing", "", NULL, NM_DNSQR_PAIRS, NULL},
        {"nothing but commas", NULL, ", ,", NM_DNSQR_PAIRS, NULL},
        {"one of two unusable", "192.0.2.1", "example.com", NM_DNSQR_PAIRS, NULL},
        {"parentheses are no address", "192.0.2.1/8) or (ip", NULL, NM_DNSQR_PAIRS, NULL},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_buffer out;
        nm_error err = {.code = NM_OK};
        nm_buffer_init(&out, 4096, &nm_allocator_heap);
        CHECK_EQ(nm_buffer_append(&out, nm_span_of("x", 1)), NM_OK);
        nm_status status = nm_dnsqr_filter_format(rows[i].authorities, rows[i].resolvers,
                                                  rows[i].mode, &out, &err);
        CHECK_EQ(status, rows[i].expected != NULL ? NM_OK : NM_E_ARGUMENT);
        if (rows[i].expected != NULL) {
            CHECK_TEXT(out.data + 1, out.len - 1, rows[i].expected);
        } else {
            CHECK_EQ(out.len, 1);
            CHECK(strstr(err.message, "DNSQR_") != NULL);
        }
        nm_buffer_clear(&out);
    }
}

static void
too_little_room_is_told(void)
{
    nm_buffer out;
    nm_error err;
    nm_buffer_init(&out, 100, &nm_allocator_heap);
    CHECK_EQ(nm_dnsqr_filter_format("192.0.2.1", NULL, NM_DNSQR_PAIRS, &out, &err), NM_E_LIMIT);
    CHECK_EQ(out.len, 0);
    nm_buffer_clear(&out);
}

CHECK_MAIN(CHECK_TEST(lists_become_expressions), CHECK_TEST(too_little_room_is_told))
