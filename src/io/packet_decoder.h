/* SPDX-License-Identifier: Apache-2.0 */
/* From the packets of a source to messages: filters them, lets nm_capture make messages of them,
 * and tells it the time where packets come from an interface. */
#ifndef NM_IO_PACKET_DECODER_H
#define NM_IO_PACKET_DECODER_H

#include "io/packet_options.h"
#include "io/source.h"
#include "message/schema.h"
#include "wire/container.h"

/** A maker of messages of one type. Used by one thread at a time, but for its counts. */
typedef struct nm_packet_decoder nm_packet_decoder;

/** New one.
 *  @param schema   Of the messages; NULL: none was named.
 *  @param options  Copied, with what they point to.
 *  @return NM_OK, NM_E_NOMEM, NM_E_SYSTEM; NM_E_ARGUMENT: no such messages are made of packets, or
 *          an option that makes no sense. */
NM_MUST_CHECK nm_status nm_packet_decoder_new(const nm_schema *schema,
                                              const nm_packet_options *options,
                                              nm_packet_decoder **out, nm_error *err);

/** Accepts NULL. */
void nm_packet_decoder_free(nm_packet_decoder *d);

/** The link type is known: from now on packets may be fed.
 *  @return NM_OK, NM_E_NOMEM; NM_E_ARGUMENT: not of packets of this link type, or the filter makes
 *          no sense with it; NM_E_ABSENT: there is a filter, and no libpcap. */
NM_MUST_CHECK nm_status nm_packet_decoder_begin(nm_packet_decoder *d, const nm_packet_kind *kind,
                                                nm_error *err);

/** The filter that is to be set in the kernel, as expression; NULL: there is none. */
const char *nm_packet_decoder_filter(const nm_packet_decoder *d);

/** Hand over a packet; next() must have given NM_AGAIN.
 *  @param packet  Copied; its octets are borrowed until next() gives NM_AGAIN. */
void nm_packet_decoder_feed(nm_packet_decoder *d, const nm_captured *packet);

/** Tell the time when no packets come. next() must have given NM_AGAIN. */
void nm_packet_decoder_tick(nm_packet_decoder *d, int64_t time_sec, uint32_t time_nsec);

/** There are no more packets.
 *  @param ending  What next() says in the end; NM_END, or an error with its detail. */
void nm_packet_decoder_finish(nm_packet_decoder *d, nm_status ending, const nm_error *detail);

/** The next message.
 *  @param out  A container with one payload; written on NM_OK only, borrowed until the next call
 *              of this function or nm_packet_decoder_read().
 *  @return NM_OK; NM_AGAIN: feed the next; NM_END, once behind an error that ended the packets;
 *          NM_E_NOMEM: a packet was lost. */
NM_MUST_CHECK nm_status nm_packet_decoder_next(nm_packet_decoder *d, const nm_container **out,
                                               nm_error *err);

/** The next messages of a source of packets: those of some packets that are there, the rest of them
 *  with the next call.
 *  @param wait  As for the source; it is waited for the first message only.
 *  @param out   As for next(), but with any number of payloads.
 *  @return As next(), and NM_OK without a message, *out being left alone: call again;
 *          NM_AGAIN: nothing there; NM_STOPPED; what the source fails with, when all messages were
 *          given out. */
NM_MUST_CHECK nm_status nm_packet_decoder_read(nm_packet_decoder *d, nm_source *source,
                                               const nm_wait *wait, const nm_container **out,
                                               nm_error *err);

/** Let nm_packet_decoder_read() come to its end: of an interface it takes what is at hand, and then
 *  gives out all that waits for something. */
void nm_packet_decoder_stop(nm_packet_decoder *d);

/** Counts so far; of packets that were not fed because of the filter, too. Any thread. */
nm_capture_stats nm_packet_decoder_stats(nm_packet_decoder *d);

#endif
