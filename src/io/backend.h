/* SPDX-License-Identifier: Apache-2.0 */
/* The libraries that a build may lack, and what it says then. */
#ifndef NM_IO_BACKEND_H
#define NM_IO_BACKEND_H

#include <stdbool.h>

#include "base/status.h"

/** A library that is a switch of the build. */
typedef enum nm_backend {
    NM_BACKEND_PCAP,  /**< libpcap: capture files and interfaces. */
    NM_BACKEND_ZMQ,   /**< libzmq. */
    NM_BACKEND_KAFKA, /**< librdkafka. */
} nm_backend;

/** Its name, such as "libzmq". */
const char *nm_backend_library(nm_backend backend);

/** The package of Debian and Ubuntu that brings it, such as "libzmq3-dev". */
const char *nm_backend_package(nm_backend backend);

/** Whether this build has it. */
bool nm_backend_is_present(nm_backend backend);

/** That this build lacks it, which package brings it, and what to do.
 *  @return NM_E_ABSENT. */
nm_status nm_backend_fail(nm_backend backend, nm_error *err);

#endif
