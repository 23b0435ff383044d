/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of datagrams between one producing and one consuming thread, without locks. */
#ifndef NM_IO_RING_H
#define NM_IO_RING_H

#include "io/os.h"

/** The ring. Its memory is reserved when made and touched when used. */
typedef struct nm_ring nm_ring;

enum { NM_RING_LEN_MIN = 256 * 1024 /**< Smaller rings are made this large. */ };

/** New ring of about `len` octets. @return NULL: no memory. */
nm_ring *nm_ring_new(size_t len);

/** Both threads must be done with it. Accepts NULL. */
void nm_ring_free(nm_ring *ring);

/** Producer: copy a datagram in. @return false when there is no room for it now. */
bool nm_ring_push(nm_ring *ring, const nm_datagram *datagram);

/** Consumer: look at the oldest datagram without taking it.
 *  @param out  Borrowed until nm_ring_pop().  @return false when the ring is empty. */
bool nm_ring_peek(nm_ring *ring, nm_datagram *out);

/** Consumer: give the room of the datagram last peeked at back. */
void nm_ring_pop(nm_ring *ring);

/** Either thread: true when there is nothing to peek at. */
bool nm_ring_is_empty(const nm_ring *ring);

#endif
