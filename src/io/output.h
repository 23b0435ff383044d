/* SPDX-License-Identifier: Apache-2.0 */
/* Messages to any transport.
 *
 * An output may be used by several threads. A thread of its own sends what has waited for longer
 * than the flush interval. */
#ifndef NM_IO_OUTPUT_H
#define NM_IO_OUTPUT_H

#include "io/format.h"
#include "io/wait.h"
#include "message/alias.h"
#include "wire/payload.h"

/** Messages to one transport. */
typedef struct nm_output nm_output;

enum {
    NM_OUTPUT_FILE_LEN = 1048576,   /**< Container size of files. */
    NM_OUTPUT_TEXT_LEN = 65536,     /**< Octets of text that are collected. */
    NM_OUTPUT_SOCKET_LEN = 1280,    /**< Container size of datagrams: fits any IPv6 link. */
    NM_OUTPUT_ZMQ_LEN = 8192,       /**< Container size of ZeroMQ messages. */
    NM_OUTPUT_DATAGRAM_MAX = 65507, /**< Largest UDP payload over IPv4; larger sizes are cut. */
};

/** What becomes of a file that is there already. */
typedef enum nm_file_mode {
    NM_FILE_REPLACE, /**< It is emptied. */
    NM_FILE_APPEND,  /**< It is written to behind its end. */
    NM_FILE_NEW,     /**< It stays as it is: NM_E_SYSTEM with EEXIST. */
} nm_file_mode;

/** Options of outputs; start from the defaults for files or sockets. */
typedef struct nm_output_options {
    size_t container_len; /**< Target size of containers, as nm_builder_options. */
    bool is_buffered;     /**< Fill containers; else every message is sent at once. */
    bool is_compressed;
    int zlevel;                  /**< As nm_deflater_new(). */
    int64_t flush_interval_ns;   /**< Longest time a message waits in the buffer; 0: no limit. */
    nm_format format;            /**< Of files and pipes. */
    nm_aliases aliases;          /**< Text: names of operators and groups; borrowed. */
    nm_span endline;             /**< Presentation: what ends a line; borrowed. */
    nm_file_mode file_mode;      /**< Of nm_output_open_file(). */
    unsigned permissions;        /**< Of a file that is made, less the umask. */
    struct nm_worker_pool *pool; /**< Compresses containers and writes files meanwhile; borrowed.
                                      NULL: whoever writes does that. */
    struct nm_pace *pace;        /**< Datagrams: containers and fragments a second; may be shared.
                                    Borrowed; NULL: no limit. */
} nm_output_options;

/** Containers, buffered, 1 MiB, flushed after 5 s, lines ended by "\n", replacing a file, made with
 *  mode 0666. */
nm_output_options nm_output_options_file(void);

/** Buffered, 1280 octets, flushed after 0.5 s. */
nm_output_options nm_output_options_socket(void);

/** What an output has counted. */
typedef struct nm_output_stats {
    uint64_t messages;    /**< Accepted. */
    uint64_t containers;  /**< Sent whole; a fragmented one counts once. Of text the pieces. */
    uint64_t frames;      /**< Sent: containers and fragments. */
    uint64_t octets;      /**< Sent. */
    uint64_t send_errors; /**< Refused, unreachable or no room: sent again once, gone on. */
    uint64_t queued;      /**< Records given to Kafka's client; 0 for others, as the next two. */
    uint64_t delivered;   /**< Records that the broker confirmed. */
    uint64_t failed;      /**< Records that were given up or refused. */
} nm_output_stats;

/** Write to a descriptor, which stays the caller's. @return NM_OK, NM_E_NOMEM, NM_E_SYSTEM. */
NM_MUST_CHECK nm_status nm_output_open_fd(int fd, const nm_output_options *options, nm_output **out,
                                          nm_error *err);

/** Write the file `path`: made if it does not exist. */
NM_MUST_CHECK nm_status nm_output_open_file(const char *path, const nm_output_options *options,
                                            nm_output **out, nm_error *err);

struct nm_sink;
struct nm_encoder;

/** Write to a sink what an encoder (io/encoder.h) of the caller's making gives.
 *  @param sink, encoder  Taken, also on failure.
 *  @param format         What nm_output_format() says: in which format text may be written that is
 *                        ready.
 *  @param options        Buffering and flushing; the rest does not matter. */
NM_MUST_CHECK nm_status nm_output_open_encoder(struct nm_sink *sink, struct nm_encoder *encoder,
                                               nm_format format, const nm_output_options *options,
                                               nm_output **out, nm_error *err);

/** Write to a sink (io/sink.h) of the caller's making.
 *  @param sink  Taken, also on failure. */
NM_MUST_CHECK nm_status nm_output_open_sink(struct nm_sink *sink, const nm_output_options *options,
                                            nm_output **out, nm_error *err);

/** Send datagrams to `address` and `port`.
 *  @return NM_OK, NM_E_NOMEM, NM_E_SYSTEM; NM_E_ARGUMENT as nm_socket_address_find(). */
NM_MUST_CHECK nm_status nm_output_open_udp(const char *address, unsigned port, bool is_broadcast,
                                           const nm_output_options *options, nm_output **out,
                                           nm_error *err);

struct nm_zmq_endpoint;

/** Send ZeroMQ messages, of container_len octets or however long a message is.
 *  @param endpoint  Its address becomes the one that was bound.
 *  @return NM_OK, NM_E_NOMEM, NM_E_SYSTEM; NM_E_ARGUMENT: not an address of its transport;
 *          NM_E_ABSENT. */
NM_MUST_CHECK nm_status nm_output_open_zmq(struct nm_zmq_endpoint *endpoint,
                                           const nm_output_options *options, nm_output **out,
                                           nm_error *err);

/** Write a message if that needs no waiting and no system call.
 *  @return NM_OK; NM_AGAIN: nothing was done, use nm_output_write(); NM_FULL: accepted, and
 *          nm_output_send() has to be called now; NM_E_LIMIT, NM_E_NOMEM, NM_E_CLOSED,
 *          NM_E_FORKED; text also NM_E_TYPE (unknown type) and NM_E_PARSE (not of its type). */
NM_MUST_CHECK nm_status nm_output_try_write(nm_output *out, const nm_payload *payload,
                                            nm_error *err);

/** Write a message. Its octets are copied.
 *  @param wait  How long to wait for the transport; NULL: not at all.
 *  @return NM_OK; NM_AGAIN, NM_STOPPED, NM_E_SYSTEM, NM_E_REMOTE: what was accepted before stays in
 *          the buffer and goes out with the next call; *out_is_accepted tells of this message;
 *          NM_E_LIMIT, NM_E_NOMEM, NM_E_CLOSED, NM_E_FORKED, NM_E_TYPE, NM_E_PARSE: not
 *          accepted. */
NM_MUST_CHECK nm_status nm_output_write(nm_output *out, const nm_payload *payload,
                                        const nm_wait *wait, bool *out_is_accepted, nm_error *err);

/** Write messages as nm_output_write() does, some at a time.
 *  @param out_accepted  How many were accepted; 0 with NM_OK: write them one by one, as this output
 *                       does not collect messages.
 *  @return as nm_output_write(), of the message behind those accepted. */
NM_MUST_CHECK nm_status nm_output_write_run(nm_output *out, const nm_payload *payloads,
                                            size_t count, const nm_wait *wait, size_t *out_accepted,
                                            nm_error *err);

/** Write messages that are text already, in the format of the output, which is one of text.
 *  @param text      As nm_input_text() gives it: whole lines or records. What cannot be written
 *                   at once is copied.
 *  @param messages  How many they are.
 *  @return as nm_output_write(), whose messages are accepted unless NM_E_LIMIT, NM_E_NOMEM,
 *          NM_E_CLOSED, NM_E_FORKED. */
NM_MUST_CHECK nm_status nm_output_write_texts(nm_output *out, nm_span text, size_t messages,
                                              const nm_wait *wait, nm_error *err);

/** Close the container being filled and send what workers are done with. @return as
 *  nm_output_write(). */
NM_MUST_CHECK nm_status nm_output_send(nm_output *out, const nm_wait *wait, nm_error *err);

/** Send all that was accepted, and wait until files hold it, or the other side confirms it where it
 *  does so.  @return as nm_output_write(); also NM_E_REMOTE. */
NM_MUST_CHECK nm_status nm_output_flush(nm_output *out, const nm_wait *wait, nm_error *err);

/** Send all that was accepted, and wait until it is out, as far as the transport can tell.
 *  @return as nm_output_write(). */
NM_MUST_CHECK nm_status nm_output_deliver(nm_output *out, const nm_wait *wait, nm_error *err);

/** Deliver what is in the buffer, end the thread and close. After NM_AGAIN, NM_STOPPED the output
 *  is still open; after any other result it is closed, and only nm_output_free() is left. */
NM_MUST_CHECK nm_status nm_output_close(nm_output *out, const nm_wait *wait, nm_error *err);

/** Close without sending what is left, and free. Accepts NULL. */
void nm_output_free(nm_output *out);

/** Send every message at once, or fill containers. Does not send what is in the buffer. */
void nm_output_set_buffered(nm_output *out, bool is_buffered);

/** Compress containers closed from now on. @return NM_OK, NM_AGAIN, NM_STOPPED, NM_E_FORKED. */
NM_MUST_CHECK nm_status nm_output_set_zlib(nm_output *out, bool is_on, int zlevel,
                                           const nm_wait *wait, nm_error *err);

/** Counts so far. Never waits. */
nm_output_stats nm_output_stats_get(const nm_output *out);

/** What the output writes. */
nm_format nm_output_format(const nm_output *out);

/** Descriptor of the socket or file (-1: there is none), as long as the output is open; belongs to
 *  the output. */
int nm_output_fileno(const nm_output *out);

/** True in a child forked since the output was opened: what is buffered is the parent's. */
bool nm_output_is_foreign(const nm_output *out);

#endif
