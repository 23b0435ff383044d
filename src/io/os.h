/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between systems: os_linux.c, and os_posix.c for all others. */
#ifndef NM_IO_OS_H
#define NM_IO_OS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/span.h"
#include "base/status.h"
#include "wire/sender.h"

/** A flag that poll() can wait for: one descriptor where the system has such a thing. */
typedef struct nm_event {
    int read_fd; /**< Readable while the flag is set. */
    int write_fd;
} nm_event;

/** @return NM_OK, NM_E_SYSTEM. */
NM_MUST_CHECK nm_status nm_event_open(nm_event *out, nm_error *err);

/** Accepts an event whose descriptors are -1. */
void nm_event_close(nm_event *event);

/** Set the flag; again is harmless. Any thread. */
void nm_event_set(const nm_event *event);

/** Clear the flag. */
void nm_event_unset(const nm_event *event);

/** A descriptor that is readable while one of others is, whose owner may change what it is readable
 *  for. Close it with close(); before the others, or after them.
 *  @return NM_OK, NM_E_SYSTEM: also where there is no such thing. */
NM_MUST_CHECK nm_status nm_watch_open(const int *fds, size_t count, int *out, nm_error *err);
/** One descriptor to poll for three reasons, where the system has such a thing; else for the first
 *  of them only. */
typedef struct nm_alarm {
    int fd;       /**< Readable while the watched descriptor or the flag is, and when it is time. */
    int timer_fd; /**< -1: there is none. */
    nm_event flag;
} nm_alarm;

/** @param fd  Watched; belongs to the caller.  @param interval_ms  It is time every so often.
 *  @return NM_OK, NM_E_SYSTEM. */
NM_MUST_CHECK nm_status nm_alarm_open(int fd, int interval_ms, nm_alarm *out, nm_error *err);

/** Accepts one whose descriptors are -1. */
void nm_alarm_close(nm_alarm *alarm);

/** Be readable because of time from the next time on only. */
void nm_alarm_rest(const nm_alarm *alarm);

enum {
    NM_DATAGRAM_MAX = 65535, /**< Octets of the largest UDP datagram, rounded up. */
};

/** One received datagram. */
typedef struct nm_datagram {
    nm_span octets;
    nm_sender sender;
} nm_datagram;

/** Memory for datagrams: the i-th has `cap` octets at first + i * step. */
typedef struct nm_landing {
    uint8_t *first;
    size_t step;
    size_t cap;
    size_t count; /**< How many there is memory for. */
} nm_landing;

/** What is known of a batch of datagrams. */
typedef struct nm_receive_batch nm_receive_batch;

/** New batch; NULL: no memory. Free with nm_receive_batch_free(), which accepts NULL. */
nm_receive_batch *nm_receive_batch_new(void);
void nm_receive_batch_free(nm_receive_batch *batch);

/** Datagrams that are taken from the kernel at a time, at most. */
size_t nm_receive_batch_most(void);

/** Take what the socket holds, up to nm_receive_batch_most() datagrams, without waiting.
 *
 *  If one of them is longer than `cap`, all are put into memory of the batch. Else they lie in the
 *  landing.
 *  @return Number of datagrams; 0 when there is none; -1 with errno set. */
int nm_receive_batch_fill(nm_receive_batch *batch, int fd, const nm_landing *landing);

/** Datagram `i` of the last filling; borrowed until the next. */
nm_datagram nm_receive_batch_get(const nm_receive_batch *batch, int i);

enum {
    NM_SEGMENTS_MAX = 64,         /**< Datagrams in one nm_outgoing. */
    NM_SEGMENTED_LEN_MAX = 65507, /**< Octets of one. */
    NM_SEND_BATCH = 64,           /**< Most in one call of nm_socket_send(). */
};

/** Octets to be sent as datagrams. */
typedef struct nm_outgoing {
    nm_span octets;
    size_t segment_len; /**< All but the last datagram have so many; 0: there is only one. */
} nm_outgoing;

/** Send on a connected socket, without waiting.
 *  @param count  1 to NM_SEND_BATCH.
 *  @return How many of the list were sent; -1 with errno set: not the first. With several datagrams
 *          in it that may be because the system, or the way to the receiver, cannot divide them:
 *          each by itself may go. */
int nm_socket_send(int fd, const nm_outgoing *list, size_t count);

/** Ask for a receive buffer of `len` octets, above the system's limit where the process may.
 *  @return Octets granted. */
size_t nm_socket_set_receive_buffer(int fd, size_t len);

/** Ask for large pages of memory that is not in use yet; it is touched in larger steps then. */
void nm_memory_prefer_huge(void *memory, size_t len);

/** Give memory of mmap() back, at the bounds of pages. It stays mapped; what was in it is lost. */
void nm_memory_release(void *memory, size_t len);

/** Have the calling thread run before others that want the processor, if the process may do so. */
void nm_thread_hasten(void);

/** Octets that were written to a stream socket and are not at the other side's system; of a socket
 *  to this machine's file system those that were not read. 0 where the system does not tell. */
size_t nm_socket_unsent(int fd);

/** Datagrams that the kernel dropped at this socket since it was made (modulo 2^32); 0 where the
 *  system does not tell. */
uint32_t nm_socket_drops(int fd);

/** Processors that this process may use; at least 1. */
unsigned nm_processor_count(void);

/** The nm_sender of a socket address; all zero for families other than IPv4 and IPv6. */
nm_sender nm_sender_of(const struct sockaddr_storage *address);

#endif
