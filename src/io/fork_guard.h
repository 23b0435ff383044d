/* SPDX-License-Identifier: Apache-2.0 */
/* Telling whether a process forked since something was opened: threads do not survive fork(), so
 * what owns one must be opened again in the child. */
#ifndef NM_IO_FORK_GUARD_H
#define NM_IO_FORK_GUARD_H

#include <stdbool.h>

/** Mark of the process that took it. */
typedef unsigned nm_fork_mark;

/** Mark of this process. Costs no system call. */
nm_fork_mark nm_fork_mark_take(void);

/** True in a child that was forked after the mark was taken. */
bool nm_fork_mark_is_foreign(nm_fork_mark mark);

#endif
