/* SPDX-License-Identifier: Apache-2.0 */
/* From a captured frame to the IP packet in it: the link layers that capture files and interfaces
 * give. */
#ifndef NM_PACKET_LINK_H
#define NM_PACKET_LINK_H

#include "base/span.h"
#include "base/status.h"

/** Link types as libpcap numbers them (tcpdump.org, "Link-Layer Header Types"). Where a system's
 *  own number (DLT_…) is another than that in files, both stand here. */
typedef enum nm_link_type {
    NM_LINK_NULL = 0,         /**< Loopback of BSD: protocol family in the writer's octet order. */
    NM_LINK_ETHERNET = 1,     /**< IEEE 802.3, with 802.1Q and 802.1ad tags. */
    NM_LINK_RAW_BSD = 12,     /**< DLT_RAW of most systems. */
    NM_LINK_RAW_OPENBSD = 14, /**< DLT_RAW of OpenBSD. */
    NM_LINK_RAW = 101,        /**< An IP packet of either version. */
    NM_LINK_LOOP = 108,       /**< Loopback of OpenBSD: protocol family in network order. */
    NM_LINK_LINUX_SLL = 113,  /**< "Cooked" capture of Linux, as on the interface "any". */
    NM_LINK_IPV4 = 228,       /**< An IPv4 packet. */
    NM_LINK_IPV6 = 229,       /**< An IPv6 packet. */
    NM_LINK_LINUX_SLL2 = 276, /**< "Cooked" capture, second form. */
} nm_link_type;

enum {
    NM_ETHERTYPE_IPV4 = 0x0800, /**< IANA "IEEE 802 Numbers". */
    NM_ETHERTYPE_IPV6 = 0x86dd,
    NM_LINK_TAGS_MAX = 4, /**< More VLAN tags than this are no frame that anybody sends. */
};

/** What the link layer of a frame says. */
typedef struct nm_link {
    unsigned version;     /**< Of the IP packet, as the link layer says: 4 or 6. */
    unsigned tag_count;   /**< VLAN tags. */
    bool has_service_tag; /**< One of them is of 802.1ad or an older form of it, not 802.1Q. */
    nm_span packet;       /**< Behind the link layer up to the end of the frame, padding included;
                             borrowed from it. */
} nm_link;

/** Text of a link type for messages to users: "EN10MB"; "link type 147" where nobody here knows it.
 *  @return Static storage; NULL for those that nm_link_parse() does not read. */
const char *nm_link_type_name(uint32_t link_type);

/** Read the link layer of a frame.
 *  @param link_type  nm_link_type.
 *  @param out        Written on NM_OK only.
 *  @return NM_OK; NM_END: no IP packet, but a frame of something else, or a link type that is not
 *          known; NM_E_PARSE: the frame ends in its link layer. */
NM_MUST_CHECK nm_status nm_link_parse(uint32_t link_type, nm_span frame, nm_link *out);

#endif
