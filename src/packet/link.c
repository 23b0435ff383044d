/* SPDX-License-Identifier: Apache-2.0 */
/* Reading link layers: from the front of a frame to its EtherType or protocol family, and through
 * VLAN tags. */
#include "packet/link.h"

#include "base/cursor.h"

enum {
    ETHERTYPE_VLAN = 0x8100,    /* IEEE 802.1Q. */
    ETHERTYPE_SERVICE = 0x88a8, /* IEEE 802.1ad. */
    ETHERTYPE_QINQ_1 = 0x9100,  /* What switches sent before there was 802.1ad. */
    ETHERTYPE_QINQ_2 = 0x9200,
    ETHERNET_ADDRESSES_LEN = 12,
    SLL_BEFORE_PROTOCOL = 14,  /* tcpdump.org, LINKTYPE_LINUX_SLL. */
    SLL2_BEHIND_PROTOCOL = 18, /* LINKTYPE_LINUX_SLL2. */
};

/* Protocol families that stand for IP. That of IPv6 differs from system to system, and a file does
 * not tell where it was written (tcpdump.org, LINKTYPE_NULL). */
enum {
    FAMILY_IPV4 = 2,
    FAMILY_IPV6_LINUX = 10,
    FAMILY_IPV6_NETBSD = 24,
    FAMILY_IPV6_FREEBSD = 28,
    FAMILY_IPV6_DARWIN = 30,
};

const char *
nm_link_type_name(uint32_t link_type)
{
    switch (link_type) {
    case NM_LINK_NULL:
        return "NULL";
    case NM_LINK_ETHERNET:
        return "EN10MB";
    case NM_LINK_RAW_BSD:
    case NM_LINK_RAW_OPENBSD:
    case NM_LINK_RAW:
        return "RAW";
    case NM_LINK_LOOP:
        return "LOOP";
    case NM_LINK_LINUX_SLL:
        return "LINUX_SLL";
    case NM_LINK_IPV4:
        return "IPV4";
    case NM_LINK_IPV6:
        return "IPV6";
    case NM_LINK_LINUX_SLL2:
        return "LINUX_SLL2";
    default:
        return NULL;
    }
}

/* What is left is the packet, unless the link layer was cut. */
static nm_status
finish(const nm_cursor *c, nm_link *link, unsigned version, nm_link *out)
{
    if (c->has_failed) {
        return NM_E_PARSE;
    }
    if (version == 0) {
        return NM_END;
    }
    link->version = version;
    link->packet = nm_span_of(c->pos, nm_cursor_left(c));
    *out = *link;
    return NM_OK;
}

static bool
is_tag(uint16_t ether_type)
{
    return ether_type == ETHERTYPE_VLAN || ether_type == ETHERTYPE_SERVICE ||
           ether_type == ETHERTYPE_QINQ_1 || ether_type == ETHERTYPE_QINQ_2;
}

/* From behind an EtherType on. */
static nm_status
parse_ether_type(nm_cursor *c, uint16_t ether_type, nm_link *out)
{
    nm_link link = {.tag_count = 0};
    while (is_tag(ether_type) && link.tag_count < NM_LINK_TAGS_MAX) {
        link.tag_count++;
        link.has_service_tag = link.has_service_tag || ether_type != ETHERTYPE_VLAN;
        (void)nm_cursor_be16(c); /* Priority and number of the VLAN. */
        ether_type = nm_cursor_be16(c);
    }
    unsigned version = ether_type == NM_ETHERTYPE_IPV4   ? 4
                       : ether_type == NM_ETHERTYPE_IPV6 ? 6
                                                         : 0;
    return finish(c, &link, version, out);
}

/* Nearly all frames have no tag. */
static nm_status
parse_ethernet(nm_cursor *c, nm_link *out)
{
    nm_span header = nm_cursor_take(c, ETHERNET_ADDRESSES_LEN + 2);
    if (c->has_failed) {
        return NM_E_PARSE;
    }
    const uint8_t *type = header.data + ETHERNET_ADDRESSES_LEN;
    uint16_t ether_type = (uint16_t)(type[0] << 8 | type[1]);
    if (ether_type != NM_ETHERTYPE_IPV4) {
        return parse_ether_type(c, ether_type, out);
    }
    *out = (nm_link){.version = 4, .packet = nm_span_of(c->pos, nm_cursor_left(c))};
    return NM_OK;
}

static nm_status
parse_sll(nm_cursor *c, nm_link *out)
{
    (void)nm_cursor_take(c, SLL_BEFORE_PROTOCOL);
    uint16_t ether_type = nm_cursor_be16(c);
    return parse_ether_type(c, ether_type, out);
}

static nm_status
parse_sll2(nm_cursor *c, nm_link *out)
{
    uint16_t ether_type = nm_cursor_be16(c);
    (void)nm_cursor_take(c, SLL2_BEHIND_PROTOCOL);
    return parse_ether_type(c, ether_type, out);
}

static unsigned
version_of_family(uint32_t family)
{
    switch (family) {
    case FAMILY_IPV4:
        return 4;
    case FAMILY_IPV6_LINUX:
    case FAMILY_IPV6_NETBSD:
    case FAMILY_IPV6_FREEBSD:
    case FAMILY_IPV6_DARWIN:
        return 6;
    default:
        return 0;
    }
}

/* The family of NULL is in the octet order of the machine that wrote it; families are small, so
 * that either order can be told from the other. */
static nm_status
parse_family(nm_cursor *c, bool is_network_order, nm_link *out)
{
    nm_link link = {.tag_count = 0};
    uint32_t family = nm_cursor_be32(c);
    unsigned version = version_of_family(family);
    if (version == 0 && !is_network_order) {
        version = version_of_family(__builtin_bswap32(family));
    }
    return finish(c, &link, version, out);
}

static nm_status
parse_raw(nm_cursor *c, nm_link *out)
{
    nm_link link = {.tag_count = 0};
    if (nm_cursor_left(c) == 0) {
        return NM_E_PARSE;
    }
    unsigned version = c->pos[0] >> 4;
    return finish(c, &link, version == 4 || version == 6 ? version : 0, out);
}

static nm_status
parse_fixed(nm_cursor *c, unsigned version, nm_link *out)
{
    nm_link link = {.tag_count = 0};
    return finish(c, &link, version, out);
}

nm_status
nm_link_parse(uint32_t link_type, nm_span frame, nm_link *out)
{
    nm_cursor c = nm_cursor_init(frame);
    switch (link_type) {
    case NM_LINK_ETHERNET:
        return parse_ethernet(&c, out);
    case NM_LINK_RAW_BSD:
    case NM_LINK_RAW_OPENBSD:
    case NM_LINK_RAW:
        return parse_raw(&c, out);
    case NM_LINK_LINUX_SLL:
        return parse_sll(&c, out);
    case NM_LINK_LINUX_SLL2:
        return parse_sll2(&c, out);
    case NM_LINK_NULL:
        return parse_family(&c, /* is_network_order= */ false, out);
    case NM_LINK_LOOP:
        return parse_family(&c, /* is_network_order= */ true, out);
    case NM_LINK_IPV4:
        return parse_fixed(&c, 4, out);
    case NM_LINK_IPV6:
        return parse_fixed(&c, 6, out);
    default:
        return NM_END;
    }
}
