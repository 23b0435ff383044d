/* SPDX-License-Identifier: Apache-2.0 */
/* Capture files: pcap (of both octet orders, with micro- and nanoseconds) and pcapng read packet by
 * packet from octets that may come in pieces, and pcap written.
 *
 *   status = nm_savefile_next(s, buffered, &used, &packet, &err);
 *   drop `used` octets
 *   if NM_AGAIN and none were used: get some more, and at the end of the file nm_savefile_end()
 *
 * Formats: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng. */
#ifndef NM_CAPTURE_SAVEFILE_H
#define NM_CAPTURE_SAVEFILE_H

#include "base/buffer.h"
#include "capture/capture.h"

enum {
    NM_SAVEFILE_PACKET_MAX = 262144, /**< Octets of a packet: what libpcap takes for possible. */
    NM_SAVEFILE_ROOM = 327680,   /**< Octets that nm_savefile_next() needs at a time, at most. */
    NM_SAVEFILE_HEADER_LEN = 24, /**< Octets of the header of a pcap file. */
    NM_SAVEFILE_RECORD_LEN = 16, /**< Octets in front of each packet. */
};

/** Which of the formats a file has. */
typedef enum nm_savefile_kind {
    NM_SAVEFILE_UNKNOWN, /**< Its first octets were not read yet. */
    NM_SAVEFILE_PCAP,
    NM_SAVEFILE_PCAPNG,
} nm_savefile_kind;

/** A file that is being read. Fields may be read. */
typedef struct nm_savefile {
    nm_savefile_kind kind;
    bool has_link_type; /**< `link_type` is known: from before the first packet on. */
    bool is_big_endian; /**< In pcapng: of this section. */
    uint8_t patch_len;  /**< pcap: octets of a record's header beyond the usual. */
    bool is_old;        /**< pcap: a writer that had the two lengths of a record in other order. */
    uint32_t link_type; /**< Of all packets. */
    uint32_t snap_len;  /**< Octets of a packet that are captured, at most. */
    uint32_t nsec_factor; /**< pcap: nanoseconds of a unit of time below the second. */
    uint64_t skipped;     /**< pcapng: octets that are to be stepped over. */
    nm_buffer interfaces; /**< pcapng: those of this section. */
} nm_savefile;

/** Set up in the caller's storage. @param allocator  Borrowed until nm_savefile_clear(). */
void nm_savefile_init(nm_savefile *s, const nm_allocator *allocator);

/** Accepts a zeroed struct. */
void nm_savefile_clear(nm_savefile *s);

/** The next packet.
 *  @param octets    From the place that the calls before have come to.
 *  @param out_used  Octets to be left behind, also where something is wrong behind them.
 *  @param out       Written on NM_OK only; borrows from `octets`.
 *  @param err       Optional; its offset is in `octets`.
 *  @return NM_OK; NM_AGAIN: there is none yet; and what nobody can read on behind:
 *          NM_E_PARSE: neither of the formats, a malformed block, packets of different link types;
 *          NM_E_LIMIT: a packet that is longer than possible;
 *          NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_savefile_next(nm_savefile *s, nm_span octets, size_t *out_used,
                                         nm_captured *out, nm_error *err);

/** The file has ended.
 *  @param left  What nm_savefile_next() did not use.
 *  @return NM_END; NM_E_TRUNCATED: it ends in its header or a packet. */
NM_MUST_CHECK nm_status nm_savefile_end(const nm_savefile *s, nm_span left, nm_error *err);

/** Append the header of a pcap file with nanoseconds. @return NM_OK, NM_E_LIMIT, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_savefile_write_header(uint32_t link_type, nm_buffer *out);

/** Append a packet of such a file. @return NM_OK, NM_E_NOMEM; NM_E_LIMIT also for a packet that is
 *  longer than possible or before 1970 or behind 2106; `out` is then as before. */
NM_MUST_CHECK nm_status nm_savefile_write_packet(const nm_captured *packet, nm_buffer *out);

#endif
