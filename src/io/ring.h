/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of datagrams between one producing and one consuming thread, without locks.
 *
 *   nm_ring_reserve()                  room, into which datagrams are received
 *   nm_ring_append() each of them      where they lie, or moved a little
 *   nm_ring_publish()                  from now on they are the consumer's */
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

/** Producer: room for datagrams of up to `cap` octets each. Publishes what was added before.
 *  @param count  As many as are wanted.
 *  @param out    How many there is room for, and where; until the next call that is not
 *                nm_ring_append() of what was received there.
 *  @return false when there is no room for one. */
bool nm_ring_reserve(nm_ring *ring, size_t cap, size_t count, nm_landing *out);

/** Producer: add a datagram, which lies in the room that was reserved, behind those added since, or
 *  anywhere else. Nobody sees it before nm_ring_publish().
 *  @return false when there is no room for it now; never when it lies in the room. */
bool nm_ring_append(nm_ring *ring, const nm_datagram *datagram);

/** Producer: give the consumer what was added. */
void nm_ring_publish(nm_ring *ring);

/** Consumer: look at the oldest datagram without taking it.
 *  @param out  Borrowed until nm_ring_pop().  @return false when the ring is empty. */
bool nm_ring_peek(nm_ring *ring, nm_datagram *out);

/** Consumer: give the room of the datagram last peeked at back. */
void nm_ring_pop(nm_ring *ring);

/** Either thread: true when there is nothing to peek at. */
bool nm_ring_is_empty(const nm_ring *ring);

#endif
