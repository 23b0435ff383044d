/* SPDX-License-Identifier: Apache-2.0 */
#include "text/ip_protocol.h"

#include "check.h"

static void
names(void)
{
    CHECK(strcmp(nm_ip_protocol_name(1), "ICMP") == 0);
    CHECK(strcmp(nm_ip_protocol_name(6), "TCP") == 0);
    CHECK(strcmp(nm_ip_protocol_name(17), "UDP") == 0);
    CHECK(nm_ip_protocol_name(0) == NULL);
    CHECK(nm_ip_protocol_name(132) == NULL);
}

static void
text(void)
{
    static const struct {
        const char *text;
        bool is_good;
        uint16_t protocol;
    } rows[] = {
        {"UDP", true, 17}, {"tcp", true, 6},  {"Icmp", true, 1},      {"132", true, 132},
        {"99x", true, 99}, {"0", true, 0},    {"65535", true, 65535}, {"65536", false, 0},
        {"", false, 0},    {"xyz", false, 0}, {"UDPx", false, 0},     {"-1", false, 0},
        {" 17", false, 0},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].text);
        uint16_t protocol = 0;
        nm_span in = nm_span_of(rows[i].text, strlen(rows[i].text));
        CHECK_EQ(nm_ip_protocol_parse(in, &protocol), rows[i].is_good);
        CHECK_EQ(protocol, rows[i].protocol);
    }
}

CHECK_MAIN(CHECK_TEST(names), CHECK_TEST(text))
