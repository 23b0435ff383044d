/* SPDX-License-Identifier: Apache-2.0 */
/* Dividing a file of containers into parts that can be read by themselves.
 *
 * A part is said by its place in the file, and holds the containers that begin there. Reading all
 * parts gives what reading the file gives: each message once, and each complaint, too. */
#ifndef NM_IO_PARTITION_H
#define NM_IO_PARTITION_H

#include "io/wait.h"
#include "wire/limits.h"

/** A part of a file. */
typedef struct nm_partition {
    uint64_t offset; /**< Of its first container. */
    uint64_t len;    /**< Octets; more than 0. */
} nm_partition;

/** Divide a file, by hopping from header to header.
 *
 *  Parts follow each other without gaps. They end where a container ends, and never between pieces
 *  of one container that is put together when the file is read. What begins with something that is
 *  no container, or not whole yet, belongs to the last part.
 *  @param fd          Of a regular file; its position stays where it is.
 *  @param target_len  Octets of a part, at most, unless one container or fragmented one has more.
 *  @param wait        Asked now and then; NULL: nobody is.
 *  @param out         In order; caller frees with free(). NULL for an empty file.
 *  @param err         Optional; its offset is that in the file.
 *  @return NM_OK; NM_STOPPED; NM_E_ARGUMENT: not a regular file; NM_E_SYSTEM, NM_E_NOMEM;
 *          NM_E_MAGIC, NM_E_VERSION, NM_E_LIMIT, NM_E_TRUNCATED: the file does not even begin
 *          with a container. */
NM_MUST_CHECK nm_status nm_partitions_find(int fd, uint64_t target_len, const nm_limits *limits,
                                           const nm_wait *wait, nm_partition **out,
                                           size_t *out_count, nm_error *err);

#endif
