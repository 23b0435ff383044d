/* SPDX-License-Identifier: Apache-2.0 */
/* Socket addresses from text, names and numbers. */
#ifndef NM_IO_SOCKET_ADDRESS_H
#define NM_IO_SOCKET_ADDRESS_H

#include <sys/socket.h>

#include "base/status.h"
#include "wire/sender.h"

enum { NM_UDP_SOCKETS_MAX = 256 /**< Addresses that one input listens on. */ };

/** A socket address and its length, as the system calls want them. */
typedef struct nm_socket_address {
    struct sockaddr_storage storage;
    socklen_t len;
} nm_socket_address;

/** From an address and a port (0 to 65535).
 *
 *  The address is an IPv4 or IPv6 literal; "" for any address, of IPv4; "<broadcast>"; or the name
 *  of a host, which is looked up (which may take its time): its first IPv4 address, or its first
 *  IPv6 address where it has no other. Literals need no look-up.
 *  @return NM_OK; NM_E_ARGUMENT: it is none of these, or, with err->sys_errno set to the code of
 *          getaddrinfo(), the host was not found; NM_E_SYSTEM, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_socket_address_find(const char *address, unsigned port,
                                               nm_socket_address *out, nm_error *err);

/** The address as text.
 *  @param text  Room for NM_ADDRESS_TEXT_MAX + 1; NUL-terminated. */
void nm_socket_address_format(const nm_socket_address *address, char *text);

/** The address that a socket is bound to, as text and port.
 *  @param text  Room for NM_ADDRESS_TEXT_MAX + 1; NUL-terminated.  @return NM_OK, NM_E_SYSTEM. */
NM_MUST_CHECK nm_status nm_socket_address_of(int fd, char *text, unsigned *out_port, nm_error *err);

#endif
