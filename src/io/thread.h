/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that leave all signals to the program they serve. */
#ifndef NM_IO_THREAD_H
#define NM_IO_THREAD_H

#include <pthread.h>

#include "base/status.h"

/** Start a thread with all signals blocked and a name for debuggers (15 letters at most).
 *  @return NM_OK, NM_E_SYSTEM. */
NM_MUST_CHECK nm_status nm_thread_start(pthread_t *out, const char *name, void *(*run)(void *),
                                        void *context, nm_error *err);

#endif
