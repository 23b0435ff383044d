/* SPDX-License-Identifier: Apache-2.0 */
/* Telling whether a process forked since something was opened: threads do not survive fork(), so
 * what owns one must be opened again in the child, or be prepared by a hook. */
#ifndef NM_IO_FORK_GUARD_H
#define NM_IO_FORK_GUARD_H

#include <stdbool.h>

/** Mark of the process that took it. */
typedef unsigned nm_fork_mark;

/** Mark of this process. Costs no system call. */
nm_fork_mark nm_fork_mark_take(void);

/** True in a child that was forked after the mark was taken. */
bool nm_fork_mark_is_foreign(nm_fork_mark mark);

/** What is called around every fork(), in the thread that forks. Lies in the owner's storage. */
typedef struct nm_fork_hook {
    void (*before)(struct nm_fork_hook *hook); /**< Also when the fork() fails then. */
    void (*after)(struct nm_fork_hook *hook);  /**< In the parent and in the child. */
    struct nm_fork_hook *previous;
    struct nm_fork_hook *next;
} nm_fork_hook;

/** Call its functions from now on. They must not add or remove hooks. */
void nm_fork_hook_add(nm_fork_hook *hook);

/** Call them no more; waits for a fork() that goes on. Accepts a zeroed hook that was not added. */
void nm_fork_hook_remove(nm_fork_hook *hook);

#endif
