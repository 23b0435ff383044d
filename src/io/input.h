/* SPDX-License-Identifier: Apache-2.0 */
/* Messages from any transport.
 *
 *   for (;;) {
 *       nm_status status = nm_input_take(in, &message, &err);     never waits
 *       if (status == NM_AGAIN) {
 *           status = nm_input_fill(in, &wait, &err);              reads, decodes, waits
 *       }
 *       …
 *   }
 *
 * The two calls are apart so that a program can give up a lock (such as Python's) for the second.
 * An input may be used by one thread at a time, but for nm_input_stats_get(), which another may
 * call during nm_input_fill() and nm_input_take_each(). */
#ifndef NM_IO_INPUT_H
#define NM_IO_INPUT_H

#include "base/span.h"
#include "filter/header_filter.h"
#include "io/format.h"
#include "io/wait.h"
#include "message/alias.h"
#include "message/header_change.h"
#include "message/message.h"
#include "wire/limits.h"

/** Messages from one transport. */
typedef struct nm_input nm_input;

struct nm_packet_options;
struct nm_text_options;
struct nm_worker_pool;

enum { NM_INPUT_TEXTS_MAX = 2 /**< Forms of text that workers write. */ };

/** Options of inputs; start from nm_input_options_default(). */
typedef struct nm_input_options {
    nm_limits limits;
    size_t ring_len;           /**< UDP: octets between receiver and reader. */
    size_t receive_buffer_len; /**< UDP: octets of kernel buffer to ask for. */
    bool spreads_port;         /**< UDP: see nm_udp_source_options. */
    uint64_t part_offset;      /**< Of nm_input_open_file(): the part of an NMSG file to read, */
    uint64_t part_len;         /**< as nm_partition has it; 0: all of it. */
    nm_format format;          /**< Of files and pipes. */
    size_t line_len;           /**< Text: octets of the longest line. */
    nm_aliases aliases;        /**< Text: names of operators and groups; borrowed. */
    const nm_schema *schema;   /**< Presentation: of records without header line; or NULL.
                                    Packets: of the messages that are made of them. */
    const struct nm_packet_options *packets; /**< Packets: borrowed while it is opened. NULL:
                                    nm_packet_options_default(). */
    nm_span endline;                         /**< Presentation: as nm_pres_options; borrowed. */
    bool is_undecoded;           /**< Messages are only handed on: their octets are not looked at,
                                    and their type is left NULL. */
    struct nm_pace *pace;        /**< Octets of containers a second; borrowed. NULL: no limit. */
    nm_header_change change;     /**< Made to messages that are given out, behind the filter. */
    struct nm_worker_pool *pool; /**< Reads ahead, and decodes what was read; borrowed. NULL, or
                                      with a pace or presentation text: whoever reads does it. */
    const struct nm_text_options *texts; /**< What else workers write: `text_count` forms of text of
                                              each message, for nm_input_text(). Borrowed. */
    size_t text_count;                   /**< At most NM_INPUT_TEXTS_MAX. */
} nm_input_options;

/** Containers, lines up to 64 MiB, a ring of 64 MiB, a kernel buffer of 16 MiB, nm_limits_default,
 *  no aliases, decoded. */
nm_input_options nm_input_options_default(void);

/** What an input has counted. */
typedef struct nm_input_stats {
    uint64_t messages;         /**< Given out. */
    uint64_t filtered;         /**< Not wanted by the filter. */
    uint64_t containers;       /**< Decoded whole; a reassembled one counts once. */
    uint64_t datagrams;        /**< Received, or records of Kafka; 0 for files. */
    uint64_t octets;           /**< Read or received. */
    uint64_t bad_containers;   /**< Skipped: could not be decoded, or no container at all. */
    uint64_t bad_payloads;     /**< Skipped: CRC mismatch, not of the type they claim, bad lines. */
    uint64_t kernel_lost;      /**< Datagrams or packets dropped by the kernel at this socket. */
    uint64_t interface_lost;   /**< Packets dropped by the interface. */
    uint64_t sequence_lost;    /**< Containers missing by sequence number, wherever lost. */
    uint64_t fragments_lost;   /**< Containers given up because pieces never came. */
    uint64_t ring_full_ns;     /**< Time during which the reader kept the receiver waiting. */
    size_t receive_buffer_len; /**< Octets of kernel buffer granted. */
} nm_input_stats;

/** Read from a descriptor, which stays the caller's.
 *  @return NM_OK, NM_E_NOMEM, NM_E_SYSTEM. Free with nm_input_free(). */
NM_MUST_CHECK nm_status nm_input_open_fd(int fd, const nm_input_options *options, nm_input **out,
                                         nm_error *err);

/** Read the file `path`. */
NM_MUST_CHECK nm_status nm_input_open_file(const char *path, const nm_input_options *options,
                                           nm_input **out, nm_error *err);

/** Read octets in memory.
 *  @param octets  Borrowed until nm_input_free(). */
NM_MUST_CHECK nm_status nm_input_open_memory(nm_span octets, const nm_input_options *options,
                                             nm_input **out, nm_error *err);

/** Read what nm_input_feed() gives: nm_input_fill() answers NM_AGAIN, even when it may wait, until
 *  there is enough of it. */
NM_MUST_CHECK nm_status nm_input_open_fed(const nm_input_options *options, nm_input **out,
                                          nm_error *err);

/** Make messages of `options->schema` of the packets on an interface.
 *  @return NM_OK, NM_E_NOMEM; NM_E_SYSTEM; NM_E_ARGUMENT: as nm_packet_decoder_new() and
 *          nm_packet_decoder_begin(); NM_E_ABSENT: there is no libpcap in this build. */
NM_MUST_CHECK nm_status nm_input_open_interface(const char *name, const nm_input_options *options,
                                                nm_input **out, nm_error *err);

struct nm_source;

/** Read a source (io/source.h) of the caller's making.
 *  @param source  Taken, also on failure. */
NM_MUST_CHECK nm_status nm_input_open_source(struct nm_source *source,
                                             const nm_input_options *options, nm_input **out,
                                             nm_error *err);

/** Where datagrams are sent to. */
typedef struct nm_endpoint {
    const char *address; /**< As nm_socket_address_find(): literal, "", name of a host. */
    unsigned port;       /**< 0 to listen: any free one. */
} nm_endpoint;

/** Receive datagrams sent to one of some endpoints.
 *
 *  An input that was never read or polled goes over to a forked child, see io/udp_receiver.h; one
 *  that was stays the parent's.
 *  @param count  1 to NM_UDP_SOCKETS_MAX.
 *  @return NM_OK, NM_E_NOMEM, NM_E_SYSTEM; NM_E_ARGUMENT as nm_socket_address_find(). */
NM_MUST_CHECK nm_status nm_input_open_udp(const nm_endpoint *endpoints, size_t count,
                                          const nm_input_options *options, nm_input **out,
                                          nm_error *err);

struct nm_zmq_endpoint;

/** Receive ZeroMQ messages.
 *  @param endpoint  Its address becomes the one that was bound.
 *  @return NM_OK, NM_E_NOMEM, NM_E_SYSTEM; NM_E_ARGUMENT: not an address of its transport;
 *          NM_E_ABSENT. */
NM_MUST_CHECK nm_status nm_input_open_zmq(struct nm_zmq_endpoint *endpoint,
                                          const nm_input_options *options, nm_input **out,
                                          nm_error *err);

/** Read containers that nm_input_feed() gives, each by itself: what is bad costs no other. When
 *  there is none, nm_input_fill() answers NM_AGAIN, even when it may wait.
 *  @param is_shared  Others get containers of the same senders: numbers that are missing are not
 *                    counted. */
NM_MUST_CHECK nm_status nm_input_open_handed(bool is_shared, const nm_input_options *options,
                                             nm_input **out, nm_error *err);

/** Give octets to an input of nm_input_open_fed(), when nm_input_fill() gave NM_AGAIN; or to one
 *  with a descriptor before it is used, to be read before what the descriptor gives. Copied.
 *  To one of nm_input_open_handed() one container, borrowed until nm_input_fill() gives NM_AGAIN.
 *  @return NM_OK, NM_E_NOMEM, NM_E_LIMIT: more than 2 MiB at a time; NM_E_ARGUMENT: a socket. */
NM_MUST_CHECK nm_status nm_input_feed(nm_input *in, nm_span octets, nm_error *err);

/** An input of nm_input_open_fed() is given no more. */
void nm_input_feed_end(nm_input *in);

/** End threads, close, free. Accepts NULL. */
void nm_input_free(nm_input *in);

/** The next message of those already decoded. Never waits.
 *  @param out  Borrowed until the next call with this input.
 *  @param err  Optional; its offset is that of the container for files.
 *  @return NM_OK; NM_AGAIN: call nm_input_fill(); NM_E_CRC, NM_E_PARSE, NM_E_LIMIT: a bad message
 *          was skipped and counted, call again; NM_E_FORKED. */
NM_MUST_CHECK nm_status nm_input_take(nm_input *in, const nm_message **out, nm_error *err);

/** Gets a message that nm_input_take_each() took, borrowed until it returns.
 *  @return whether it wants another. */
typedef bool nm_input_each(void *context, const nm_message *message);

/** Take the messages already decoded, one after the other, until `each` wants no more. Never waits.
 *  @return NM_OK: `each` had enough; else as nm_input_take(), which it calls. */
NM_MUST_CHECK nm_status nm_input_take_each(nm_input *in, nm_input_each *each, void *context,
                                           nm_error *err);

/** True when messages are only handed on as they are: nm_input_options.is_undecoded, from
 *  containers or packets, without a change of headers. */
bool nm_input_hands_on(const nm_input *in);

/** The messages already decoded that would be given out next, of an input that hands them on. Never
 *  waits.
 *  @param out  Borrowed until they are taken.
 *  @return How many; 0: use nm_input_take(). */
size_t nm_input_peek(const nm_input *in, size_t max, const nm_payload **out);

/** Take the first `count` of what nm_input_peek() gave just now. */
void nm_input_skip(nm_input *in, size_t count);

/** True when workers write messages as text of this format. */
bool nm_input_makes_text(const nm_input *in, nm_format format);

/** True when nm_input_take_texts() may have something. */
bool nm_input_has_texts(const nm_input *in);

/** Take up to `max` messages at a time, if workers wrote all of them as text and nobody needs more
 *  than that. Never waits.
 *  @return How many were taken; 0: use nm_input_take(). */
size_t nm_input_take_texts(nm_input *in, size_t max);

/** The messages last taken as text of a format, if workers wrote it: nm_input_options.texts.
 *  @return Empty where there is none. Borrowed until the next nm_input_fill(). */
nm_span nm_input_text(const nm_input *in, nm_format format);

/** Tell that the message last taken was copied, so that the descriptor of nm_input_fileno() can
 *  stop being readable with the last message. Ends the loan of nm_input_take(). */
void nm_input_settle(nm_input *in);

/** Decode the next container, or read the next line. Call it when nm_input_take() gave NM_AGAIN.
 *  @param wait  NULL: do not wait.
 *  @param err   Optional; its offset is that of the container for files, and for text the place.
 *  @return NM_OK: call nm_input_take() (there may be no message in it);
 *          NM_END: nothing more comes; NM_AGAIN: nothing there and `wait` is NULL; NM_STOPPED;
 *          NM_E_MAGIC, NM_E_VERSION, NM_E_TRUNCATED, NM_E_LENGTH, NM_E_LIMIT, NM_E_PARSE,
 *          NM_E_INFLATE, NM_E_FRAGMENT, NM_E_CRC: a bad container or line was skipped and counted;
 *          call again (a file whose framing is lost then gives NM_END);
 *          NM_E_SYSTEM, NM_E_REMOTE, NM_E_NOMEM, NM_E_FORKED. */
NM_MUST_CHECK nm_status nm_input_fill(nm_input *in, const nm_wait *wait, nm_error *err);

/** Where somebody keeps track of what a reader has had (groups of Kafka): from now on do not tell
 *  when messages were taken and more is asked for, but only at nm_input_release(); or, the other
 *  way round, do so again. */
void nm_input_hold(nm_input *in, bool is_holding);

/** True when somebody does. */
bool nm_input_is_tracked(const nm_input *in);

/** What was taken has reached its goal: all frames are done with of which all messages were taken.
 *  It is taken note of soon, see nm_input_commit(). Harmless where nobody keeps track. */
void nm_input_release(nm_input *in);

/** Have what was released taken note of now.
 *  @return NM_OK; NM_AGAIN, NM_STOPPED, NM_E_FORKED; NM_E_ARGUMENT: nobody keeps track;
 *          NM_E_REMOTE. */
NM_MUST_CHECK nm_status nm_input_commit(nm_input *in, const nm_wait *wait, nm_error *err);

/** True when nm_input_fill() without waiting is quick enough not to give up a lock for. */
bool nm_input_is_quick(const nm_input *in);

/** Where something stands in an input. */
typedef struct nm_place {
    uint64_t offset; /**< Of the container or line; 0 for datagrams. */
    uint64_t line;   /**< Counted from 1; 0 for containers. */
    size_t payload;  /**< Which of the container, counted from 0. */
} nm_place;

/** Where the message last taken stands. */
nm_place nm_input_place(const nm_input *in);

/** Nanoseconds until the input may go on, because of its pace; 0: now. */
int64_t nm_input_due_ns(const nm_input *in);

/** True when what was received and not taken is lost with the input: nobody sends it again. */
bool nm_input_is_socket(const nm_input *in);

/** True when a bad container means that nothing more can be read (files: framing lost). */
bool nm_input_has_ended(const nm_input *in);

/** Of packets: let the input come to its end soon, and give out before what waits for something,
 *  such as queries for their response. @return false: it has nothing that waits. */
bool nm_input_stop(nm_input *in);

/** Which messages are wanted from now on. The filter is copied. */
void nm_input_set_filter(nm_input *in, const nm_header_filter *filter);

/** The filter in use. */
nm_header_filter nm_input_filter(const nm_input *in);

/** Counts so far. Never waits. */
nm_input_stats nm_input_stats_get(nm_input *in);

struct nm_capture_stats;

/** The same of packets. @return false: the input has none. */
bool nm_input_capture_stats_get(nm_input *in, struct nm_capture_stats *out);

/** Descriptor to poll for input: that of the file (-1: there is none), or for sockets one that is
 *  readable from the moment a message may be had until the last one was taken. That of an
 *  interface is readable also for packets that no message comes of, and once a second. Belongs to
 *  the input. Ends the loan of nm_input_take(). */
int nm_input_fileno(nm_input *in);

/** Descriptor of the socket or file itself. Belongs to the input. */
int nm_input_own_fileno(nm_input *in);

/** Address and port that a UDP input listens on.
 *  @param text  Room for NM_ADDRESS_TEXT_MAX + 1; NUL-terminated.  @return NM_OK, NM_E_SYSTEM. */
NM_MUST_CHECK nm_status nm_input_address(nm_input *in, char *text, unsigned *out_port,
                                         nm_error *err);

#endif
