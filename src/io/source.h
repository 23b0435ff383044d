/* SPDX-License-Identifier: Apache-2.0 */
/* What a transport that delivers containers implements; a new one is one file. */
#ifndef NM_IO_SOURCE_H
#define NM_IO_SOURCE_H

#include "base/span.h"
#include "io/socket_address.h"
#include "io/stream.h"
#include "io/wait.h"
#include "wire/limits.h"
#include "wire/sender.h"

/** One container, line of text or packet, as a transport delivers it. */
typedef struct nm_frame {
    nm_span octets;   /**< With the container's header; borrowed until the next call of next(). */
    nm_sender sender; /**< All zero where there is only one. */
    uint64_t offset;  /**< In a file; 0 elsewhere. */
    uint64_t line;    /**< Number of the line, counted from 1; 0 for containers. */
    int64_t time_sec; /**< Of packets: when they were captured. */
    uint32_t time_nsec;
    uint32_t wire_len; /**< Of packets: octets that there were. */
} nm_frame;

/** What is known of all packets of a source. */
typedef struct nm_packet_kind {
    uint32_t link_type; /**< nm_link_type. */
    uint32_t snap_len;  /**< Octets of a packet that are captured at most. */
    bool is_live;       /**< They come from an interface. */
} nm_packet_kind;

/** What a transport counts by itself. */
typedef struct nm_source_counts {
    uint64_t octets;           /**< Read or received, whatever their content. */
    uint64_t datagrams;        /**< Received, or records; 0 for streams. */
    uint64_t kernel_lost;      /**< Datagrams or packets that the kernel dropped at this socket. */
    uint64_t interface_lost;   /**< Packets that the interface or its driver dropped. */
    uint64_t ring_full_ns;     /**< Time during which nothing was received because nobody read. */
    size_t receive_buffer_len; /**< Octets of kernel buffer granted. */
} nm_source_counts;

typedef struct nm_source nm_source;
struct nm_captured;

/** The functions of a transport. All are called by one thread at a time. */
typedef struct nm_source_ops {
    /** The next container, line or packet. Waits as `wait` allows (not at all when NULL).
     *  NM_OK (the number of a line may be 0, and a packet may have no octets: there is none yet);
     *  NM_END; NM_AGAIN; NM_STOPPED;
     *  or an error:
     *  NM_E_SYSTEM, NM_E_REMOTE and NM_E_NOMEM; where a stream's framing is lost NM_E_MAGIC,
     *  NM_E_VERSION, NM_E_LIMIT, NM_E_TRUNCATED with the offset in the stream, which end the source
     *  as its flag says; NM_E_LIMIT for a line that is too long, which is skipped. */
    nm_status (*next)(nm_source *source, const nm_wait *wait, nm_frame *out, nm_error *err);

    /** Of packets: the next one, if it is at hand. Neither waits nor reads. NULL: there is only
     *  next(). @return false: next() tells why. */
    bool (*packet)(nm_source *source, struct nm_captured *out);

    /** Messages of the last frame are left (true) or all taken (false): the descriptor of fileno()
     *  is readable while there is something to be had. May be NULL. */
    void (*set_pending)(nm_source *source, bool is_pending);

    /** The oldest `frames` of those that next() gave and that were not released are done with: what
     *  keeps track of readers need not send them again. NULL: nobody keeps track. */
    void (*release)(nm_source *source, size_t frames);

    /** Have it kept track of now, and not only soon. NULL: nobody does.
     *  NM_OK, NM_AGAIN, NM_STOPPED, NM_E_ARGUMENT, NM_E_REMOTE. */
    nm_status (*commit)(nm_source *source, const nm_wait *wait, nm_error *err);

    /** Counts so far. Must not wait. */
    nm_source_counts (*counts)(nm_source *source);

    /** Descriptor to poll for input, and that of the socket or file itself. -1: there is none. */
    int (*fileno)(nm_source *source);
    int (*own_fileno)(nm_source *source);

    /** The stream that it reads, to be given octets (nm_stream_feed()). NULL: it has none. */
    nm_stream *(*stream)(nm_source *source);

    /** Take one container, of which nothing is known yet, to be given out by next(). NULL: it gets
     *  them itself.
     *  @param frame  Borrowed until next() is called for the second time. @return NM_OK. */
    nm_status (*give)(nm_source *source, nm_span frame);

    /** In a forked child, before anything else is called there but free(): go on without the
     *  threads that are left behind. NM_OK; NM_E_FORKED: it is the parent's; NM_E_SYSTEM,
     *  NM_E_NOMEM. NULL: it has no threads. */
    nm_status (*adopt)(nm_source *source, nm_error *err);

    /** End threads, close what was opened, free. */
    void (*free)(nm_source *source);
} nm_source_ops;

/** What all sources begin with. */
struct nm_source {
    const nm_source_ops *ops;
    bool accepts_v1;      /**< Version 1 containers occur (files). */
    bool counts_sequence; /**< Gaps in sequence numbers are losses (sockets). */
    bool is_shared;       /**< But not here: a sender gives others their part. */
    bool is_quick;        /**< next() without waiting takes little time. */
    bool has_ended;       /**< Nothing more comes out of next(). */
    bool is_tracked;      /**< Somebody keeps track of what was released. */
    bool has_kind;        /**< Of packets: `kind` is known, as from before the first on. */
    nm_packet_kind kind;
};

/** Containers from a file, pipe or other stream of octets.
 *  @param fd       Read from its current position; -1: from what its stream is given.
 *  @param owns_fd  Close it in the end, and on failure.
 *  @param limits   Copied.   @return NM_OK, NM_E_NOMEM, NM_E_SYSTEM. */
NM_MUST_CHECK nm_status nm_file_source_open(int fd, bool owns_fd, const nm_limits *limits,
                                            nm_source **out, nm_error *err);

/** Containers that are given to it (nm_input_feed()); next() never waits.
 *  @param is_shared  As in nm_source.  @return NM_OK, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_handed_source_open(bool is_shared, nm_source **out, nm_error *err);

/** Have a source of nm_file_source_open(), of which nothing was read, give out the containers that
 *  begin in a part of its file (io/partition.h) only. @return NM_OK, NM_E_SYSTEM. */
NM_MUST_CHECK nm_status nm_file_source_confine(nm_source *source, uint64_t offset, uint64_t len,
                                               nm_error *err);

/** Lines of text from a file, pipe or other stream of octets; the last one needs no line end.
 *  @param fd        As nm_file_source_open().
 *  @param line_max  Octets of the longest line that is given out.
 *  @param is_dense  Leave out lines that are blank.
 *  @return NM_OK, NM_E_NOMEM, NM_E_SYSTEM. */
NM_MUST_CHECK nm_status nm_line_source_open(int fd, bool owns_fd, size_t line_max, bool is_dense,
                                            nm_source **out, nm_error *err);

struct nm_zmq_endpoint;

/** Containers from ZeroMQ messages.
 *  @param endpoint  Its address becomes the one that was bound.
 *  @param limits    Bound the messages that are received.
 *  @return NM_OK, NM_E_ARGUMENT, NM_E_NOMEM, NM_E_SYSTEM, NM_E_ABSENT. */
NM_MUST_CHECK nm_status nm_zmq_source_open(struct nm_zmq_endpoint *endpoint,
                                           const nm_limits *limits, nm_source **out, nm_error *err);
/** Packets from a capture file (capture/savefile.h), which may be a pipe or other stream.
 *
 *  Of files and of memory the header is read now, as far as it is there.
 *  @param fd      As nm_file_source_open().
 *  @param memory  To be read in place of a descriptor, which is then -1; borrowed. NULL: none.
 *  @return NM_OK, NM_E_NOMEM, NM_E_SYSTEM; what is no capture file: NM_E_TRUNCATED,
 *          NM_E_PARSE, NM_E_LIMIT. */
NM_MUST_CHECK nm_status nm_savefile_source_open(int fd, bool owns_fd, const nm_span *memory,
                                                nm_source **out, nm_error *err);

struct nm_packet_options;

/** Packets from an interface.
 *  @return NM_OK, NM_E_NOMEM; NM_E_SYSTEM with the words of libpcap; NM_E_ABSENT. */
NM_MUST_CHECK nm_status nm_interface_source_open(const char *name,
                                                 const struct nm_packet_options *options,
                                                 nm_source **out, nm_error *err);

/** Have the kernel drop packets of such a source.
 *  @param expression  Of libpcap.  @return NM_OK, NM_E_ARGUMENT, NM_E_ABSENT. */
NM_MUST_CHECK nm_status nm_interface_source_filter(nm_source *source, const char *expression,
                                                   nm_error *err);

/** Options of a UDP source. */
typedef struct nm_udp_source_options {
    size_t ring_len;           /**< Octets between the receiving thread and the reader. */
    size_t receive_buffer_len; /**< Octets of kernel buffer to ask for. */
    bool spreads_port;         /**< Sources with this on one address each get part of the senders,
                                    where the system can do that. Else the one opened last gets all
                                    of what is sent to this host alone. */
} nm_udp_source_options;

/** Containers from datagrams to some addresses.
 *  @param count  1 to NM_UDP_SOCKETS_MAX.
 *  @return NM_OK, NM_E_ARGUMENT, NM_E_NOMEM, NM_E_SYSTEM. */
NM_MUST_CHECK nm_status nm_udp_source_open(const nm_socket_address *addresses, size_t count,
                                           const nm_udp_source_options *options, nm_source **out,
                                           nm_error *err);

#endif
