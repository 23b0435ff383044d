/* SPDX-License-Identifier: Apache-2.0 */
/* Socket addresses from text and numbers. */
#ifndef NM_IO_SOCKET_ADDRESS_H
#define NM_IO_SOCKET_ADDRESS_H

#include <sys/socket.h>

#include "base/status.h"
#include "wire/sender.h"

/** A socket address and its length, as the system calls want them. */
typedef struct nm_socket_address {
    struct sockaddr_storage storage;
    socklen_t len;
} nm_socket_address;

/** From an IPv4 or IPv6 literal and a port (0 to 65535). Host names are not resolved.
 *  @return NM_OK, NM_E_ARGUMENT. */
NM_MUST_CHECK nm_status nm_socket_address_parse(const char *address, unsigned port,
                                                nm_socket_address *out, nm_error *err);

/** The address that a socket is bound to, as text and port.
 *  @param text  Room for NM_ADDRESS_TEXT_MAX + 1; NUL-terminated.  @return NM_OK, NM_E_SYSTEM. */
NM_MUST_CHECK nm_status nm_socket_address_of(int fd, char *text, unsigned *out_port, nm_error *err);

#endif
