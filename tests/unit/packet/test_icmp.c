/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/icmp.h"

#include "check.h"
#include "octets.h"

static void
errors_are_told_from_other_messages(void)
{
    static const uint8_t errors[] = {3, 4, 5, 11, 12};
    for (unsigned type = 0; type < 256; type++) {
        octets o = {0};
        nm_icmp icmp;
        bool is_error = false;
        for (size_t i = 0; i < sizeof errors; i++) {
            is_error = is_error || errors[i] == type;
        }
        octets_u8(&o, type);
        octets_u8(&o, 7);
        octets_be(&o, 0, 6);
        octets_put(&o, "xyz", 3);
        CHECK_EQ(nm_icmp_parse(4, octets_span(&o), &icmp), NM_OK);
        CHECK_EQ(icmp.is_error, is_error);
        CHECK_EQ(icmp.type, type);
        CHECK_EQ(icmp.code, 7);
        CHECK_TEXT(icmp.payload.data, icmp.payload.len, "xyz");
        CHECK_EQ(nm_icmp_parse(6, octets_span(&o), &icmp), NM_OK);
        CHECK_EQ(icmp.is_error, type < 128);
        octets_free(&o);
    }
}

static void
a_cut_header_is_refused(void)
{
    static const uint8_t header[NM_ICMP_HEADER_LEN] = {3};
    nm_icmp icmp;
    for (size_t len = 0; len < sizeof header; len++) {
        CHECK_EQ(nm_icmp_parse(4, nm_span_of(header, len), &icmp), NM_E_PARSE);
    }
    CHECK_EQ(nm_icmp_parse(4, nm_span_of(header, sizeof header), &icmp), NM_OK);
    CHECK_EQ(icmp.payload.len, 0);
}

CHECK_MAIN(CHECK_TEST(errors_are_told_from_other_messages), CHECK_TEST(a_cut_header_is_refused))
