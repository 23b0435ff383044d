/* SPDX-License-Identifier: Apache-2.0 */
/* Starting threads. */
#include "io/thread.h"

#include <signal.h>

nm_status
nm_thread_start(pthread_t *out, const char *name, void *(*run)(void *), void *context,
                nm_error *err)
{
    sigset_t all;
    sigset_t before;

    /* A new thread inherits the mask, so there is no moment at which it could take a signal. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = pthread_create(out, /* attributes= */ NULL, run, context);
    pthread_sigmask(SIG_SETMASK, &before, /* old= */ NULL);
    if (failure != 0) {
        return nm_error_set_system(err, failure, "cannot start the thread %s", name);
    }
#if defined(__linux__)
    (void)pthread_setname_np(*out, name); /* Only a help for those who look. */
#endif
    return NM_OK;
}
