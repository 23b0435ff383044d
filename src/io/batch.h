/* SPDX-License-Identifier: Apache-2.0 */
/* Some frames of a source and the work on them that any thread can do: containers are decoded and
 * CRCs compared, lines of JSON are read, and messages are written as text where that is wanted.
 * Messages that were made of packets are worked on in the same way.
 *
 * What does not work out is left as it was: whoever takes the frame decodes it again, and so meets
 * and tells what is wrong in the same words as without workers. */
#ifndef NM_IO_BATCH_H
#define NM_IO_BATCH_H

#include "filter/header_filter.h"
#include "io/input.h"
#include "io/source.h"
#include "io/worker_pool.h"
#include "wire/unpacker.h"

/** What is known of a message. */
typedef enum nm_batch_finding {
    NM_BATCH_CRC_FITS = 1, /**< It has no stored CRC, or one that fits. */
    NM_BATCH_DECODED = 2,  /**< nm_batch_message() has it. */
} nm_batch_finding;

/** A frame, and what came of it. */
typedef struct nm_batch_frame {
    nm_frame frame;         /**< Its octets lie in the batch. */
    size_t start;           /**< Where, while octets are added. */
    nm_buffer inflated;     /**< What the container borrows from. */
    nm_container container; /**< Of a line: one payload. Of packets: messages, decoded or not. */
    bool is_decoded;        /**< `container` holds the payloads; else the frame is as it came. */
    bool is_all_text;       /**< All of them are good and have all texts. */
    size_t first;           /**< Number in the batch of the first of them. */
} nm_batch_frame;

/** What becomes of frames; the same for all batches of an input. */
typedef struct nm_batch_options {
    const nm_input_options *input; /**< Borrowed. */
    bool accepts_v1;               /**< As in nm_arrival. */
} nm_batch_options;

/** Frames and results. Used again and again. */
typedef struct nm_batch {
    nm_job job;
    nm_batch_options options;
    nm_header_filter filter; /**< What it does not pass is not written as text. */
    int64_t now_sec;         /**< Time of messages without one. */
    uint32_t now_nsec;
    nm_buffer octets; /**< Of all frames, or messages. */
    nm_batch_frame *frames;
    size_t cap;
    size_t count;       /**< Frames in it. */
    size_t next;        /**< Frame to be taken next. */
    size_t max;         /**< Frames that it may hold. */
    nm_buffer findings; /**< For each message an octet of nm_batch_finding. */
    nm_buffer indexes;  /**< For each message the place of its index in `slots`, and its type. */
    nm_buffer slots;
    nm_buffer text_ends; /**< For each message and text a uint32_t. */
    nm_buffer texts[NM_INPUT_TEXTS_MAX];
    nm_buffer payload_store; /**< Of lines and packets. */
    nm_buffer data_store;    /**< Messages of lines. */
    nm_unpacker unpacker;
    nm_message message; /**< Being written as text. */
    nm_buffer scratch;
} nm_batch;

enum { NM_BATCH_LEN = 256 * 1024 /**< Octets of frames that are enough for a batch. */ };

/** Set up an empty batch. @param options  Copied. */
void nm_batch_init(nm_batch *b, const nm_batch_options *options);

/** Free what it holds. Accepts a zeroed struct. */
void nm_batch_clear(nm_batch *b);

/** Empty it; a lot of memory is given back. */
void nm_batch_reset(nm_batch *b);

/** Add a copy of a frame. @return NM_OK, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_batch_add(nm_batch *b, const nm_frame *frame, nm_error *err);

/** Add a copy of messages that were made of packets, as one frame without octets.
 *  @return NM_OK, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_batch_add_messages(nm_batch *b, const nm_container *messages,
                                              nm_error *err);

/** True when it should be worked on. */
bool nm_batch_is_full(const nm_batch *b);

/** The text of `count` messages of a decoded frame, `payload` and those behind it.
 *  @param text  Which of nm_input_options.texts.  @return Empty: there is none. */
nm_span nm_batch_text(const nm_batch *b, const nm_batch_frame *frame, size_t payload, size_t count,
                      size_t text);

/** What is known of a message of a decoded frame. */
static inline unsigned
nm_batch_findings(const nm_batch *b, const nm_batch_frame *frame, size_t payload)
{
    return b->findings.data[frame->first + payload];
}

/** A message that is NM_BATCH_DECODED, as nm_message_decode() would give it.
 *  @param out  Zeroed or used before. */
void nm_batch_message(const nm_batch *b, const nm_batch_frame *frame, size_t payload,
                      nm_message *out);

#endif
