/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that are a packet and little else: base:pkt, base:packet, base:ncap. */
#ifndef NM_CAPTURE_PLAIN_H
#define NM_CAPTURE_PLAIN_H

#include "base/buffer.h"

/** Encode a message of base:pkt.
 *  @param out  Appended to.   @return NM_OK, NM_E_NOMEM, NM_E_LIMIT. */
NM_MUST_CHECK nm_status nm_plain_encode_pkt(nm_span frame, uint32_t frame_len, nm_buffer *out);

/** The same of base:packet. */
NM_MUST_CHECK nm_status nm_plain_encode_packet(nm_span packet, nm_buffer *out);

/** The same of base:ncap. @param version  4 or 6. */
NM_MUST_CHECK nm_status nm_plain_encode_ncap(nm_span packet, unsigned version, nm_buffer *out);

#endif
