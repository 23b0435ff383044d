/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/link.h"

#include "check.h"
#include "octets.h"

#define MACS "\1\2\3\4\5\6\7\10\11\12\13\14"
#define SLL "\0\0\0\1\0\6\1\2\3\4\5\6\0\0"
#define SLL2_REST "\0\0\0\0\0\2\0\1\0\6\1\2\3\4\5\6\0\0"

typedef struct link_row {
    const char *name;
    uint32_t type;
    const char *octets;
    size_t len;
    nm_status status;
    unsigned version;
    unsigned tags;
    bool has_service_tag;
    size_t header_len;
} link_row;

#define FRAME(octets) octets, sizeof(octets) - 1

static const link_row rows[] = {
    {"Ethernet, IPv4", NM_LINK_ETHERNET, FRAME(MACS "\x08\x00xy"), NM_OK, 4, 0, false, 14},
    {"Ethernet, IPv6", NM_LINK_ETHERNET, FRAME(MACS "\x86\xddxy"), NM_OK, 6, 0, false, 14},
    {"Ethernet without packet", NM_LINK_ETHERNET, FRAME(MACS "\x08\x00"), NM_OK, 4, 0, false, 14},
    {"ARP", NM_LINK_ETHERNET, FRAME(MACS "\x08\x06xy"), NM_END, 0, 0, false, 0},
    {"length of 802.3", NM_LINK_ETHERNET, FRAME(MACS "\x00\x40xy"), NM_END, 0, 0, false, 0},
    {"MPLS", NM_LINK_ETHERNET, FRAME(MACS "\x88\x47xy"), NM_END, 0, 0, false, 0},
    {"Ethernet cut", NM_LINK_ETHERNET, FRAME(MACS "\x08"), NM_E_PARSE, 0, 0, false, 0},
    {"nothing", NM_LINK_ETHERNET, "", 0, NM_E_PARSE, 0, 0, false, 0},
    {"VLAN", NM_LINK_ETHERNET, FRAME(MACS "\x81\x00\0\5\x08\x00x"), NM_OK, 4, 1, false, 18},
    {"two VLANs", NM_LINK_ETHERNET, FRAME(MACS "\x81\x00\0\5\x81\x00\0\6\x86\xddx"), NM_OK, 6, 2,
     false, 22},
    {"QinQ", NM_LINK_ETHERNET, FRAME(MACS "\x88\xa8\0\5\x81\x00\0\6\x08\x00x"), NM_OK, 4, 2, true,
     22},
    {"older QinQ", NM_LINK_ETHERNET, FRAME(MACS "\x91\x00\0\5\x81\x00\0\6\x08\x00x"), NM_OK, 4, 2,
     true, 22},
    {"VLAN cut", NM_LINK_ETHERNET, FRAME(MACS "\x81\x00\0\5\x08"), NM_E_PARSE, 0, 0, false, 0},
    {"four tags", NM_LINK_ETHERNET, FRAME(MACS "\x81\0\0\1\x81\0\0\2\x81\0\0\3\x81\0\0\4\x08\x00x"),
     NM_OK, 4, 4, false, 30},
    {"five tags", NM_LINK_ETHERNET,
     FRAME(MACS "\x81\0\0\1\x81\0\0\2\x81\0\0\3\x81\0\0\4\x81\0\0\5\x08\x00x"), NM_END, 0, 0, false,
     0},
    {"SLL", NM_LINK_LINUX_SLL, FRAME(SLL "\x86\xddx"), NM_OK, 6, 0, false, 16},
    {"SLL, VLAN", NM_LINK_LINUX_SLL, FRAME(SLL "\x81\x00\0\5\x08\x00x"), NM_OK, 4, 1, false, 20},
    {"SLL cut", NM_LINK_LINUX_SLL, FRAME(SLL "\x86"), NM_E_PARSE, 0, 0, false, 0},
    {"SLL2", NM_LINK_LINUX_SLL2, FRAME("\x08\x00" SLL2_REST "x"), NM_OK, 4, 0, false, 20},
    {"SLL2 cut", NM_LINK_LINUX_SLL2, FRAME("\x08\x00\0\0\0"), NM_E_PARSE, 0, 0, false, 0},
    {"raw, IPv4", NM_LINK_RAW, FRAME("\x45x"), NM_OK, 4, 0, false, 0},
    {"raw, IPv6", NM_LINK_RAW_BSD, FRAME("\x60x"), NM_OK, 6, 0, false, 0},
    {"raw of OpenBSD", NM_LINK_RAW_OPENBSD, FRAME("\x60x"), NM_OK, 6, 0, false, 0},
    {"raw, neither", NM_LINK_RAW, FRAME("\x50x"), NM_END, 0, 0, false, 0},
    {"raw, nothing", NM_LINK_RAW, "", 0, NM_E_PARSE, 0, 0, false, 0},
    {"IPV4", NM_LINK_IPV4, FRAME("x"), NM_OK, 4, 0, false, 0},
    {"IPV6", NM_LINK_IPV6, FRAME("x"), NM_OK, 6, 0, false, 0},
    {"NULL, lowest first", NM_LINK_NULL, FRAME("\2\0\0\0x"), NM_OK, 4, 0, false, 4},
    {"NULL, highest first", NM_LINK_NULL, FRAME("\0\0\0\2x"), NM_OK, 4, 0, false, 4},
    {"NULL, IPv6 of Linux", NM_LINK_NULL, FRAME("\12\0\0\0x"), NM_OK, 6, 0, false, 4},
    {"NULL, IPv6 of NetBSD", NM_LINK_NULL, FRAME("\30\0\0\0x"), NM_OK, 6, 0, false, 4},
    {"NULL, IPv6 of FreeBSD", NM_LINK_NULL, FRAME("\0\0\0\34x"), NM_OK, 6, 0, false, 4},
    {"NULL, IPv6 of Darwin", NM_LINK_NULL, FRAME("\36\0\0\0x"), NM_OK, 6, 0, false, 4},
    {"NULL, another family", NM_LINK_NULL, FRAME("\7\0\0\0x"), NM_END, 0, 0, false, 0},
    {"NULL cut", NM_LINK_NULL, FRAME("\2\0\0"), NM_E_PARSE, 0, 0, false, 0},
    {"LOOP", NM_LINK_LOOP, FRAME("\0\0\0\30x"), NM_OK, 6, 0, false, 4},
    {"LOOP is in network order", NM_LINK_LOOP, FRAME("\2\0\0\0x"), NM_END, 0, 0, false, 0},
    {"a link type of others", 105, FRAME("\2\0\0\0x"), NM_END, 0, 0, false, 0},
};

static void
the_packet_is_found_behind_every_link_layer(void)
{
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        const link_row *row = &rows[i];
        CHECK_CASE(row->name);
        octets o = {0};
        nm_link link = {.version = 99};
        octets_put(&o, row->octets, row->len);
        CHECK_EQ(nm_link_parse(row->type, octets_span(&o), &link), row->status);
        CHECK_EQ(link.version, row->status == NM_OK ? row->version : 99);
        if (row->status == NM_OK) {
            CHECK_EQ(link.tag_count, row->tags);
            CHECK_EQ(link.has_service_tag, row->has_service_tag);
            CHECK_EQ(link.packet.len, row->len - row->header_len);
            CHECK(link.packet.data == o.data + row->header_len);
        }
        octets_free(&o);
    }
}

static void
known_link_types_have_names(void)
{
    static const struct {
        uint32_t type;
        const char *name;
    } names[] = {
        {0, "NULL"},   {1, "EN10MB"},      {12, "RAW"},   {14, "RAW"},   {101, "RAW"},
        {108, "LOOP"}, {113, "LINUX_SLL"}, {228, "IPV4"}, {229, "IPV6"}, {276, "LINUX_SLL2"},
    };
    for (size_t i = 0; i < CHECK_COUNT(names); i++) {
        const char *name = nm_link_type_name(names[i].type);
        CHECK(name != NULL && strcmp(name, names[i].name) == 0);
    }
    CHECK(nm_link_type_name(105) == NULL);
}

CHECK_MAIN(CHECK_TEST(the_packet_is_found_behind_every_link_layer),
           CHECK_TEST(known_link_types_have_names))
