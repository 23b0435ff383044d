/* SPDX-License-Identifier: Apache-2.0 */
/* Socket addresses, both ways. */
#include "io/socket_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

#include "base/address.h"
#include "io/os.h"

nm_status
nm_socket_address_parse(const char *address, unsigned port, nm_socket_address *out, nm_error *err)
{
    uint8_t octets[NM_IPV6_LEN];
    size_t len = nm_address_parse(nm_span_of(address, strlen(address)), octets);
    if (len == 0) {
        return nm_error_set(err, NM_E_ARGUMENT, 0, "'%s' is no IPv4 or IPv6 address", address);
    }
    if (port > UINT16_MAX) {
        return nm_error_set(err, NM_E_ARGUMENT, 0, "port %u is not between 0 and 65535", port);
    }
    memset(&out->storage, 0, sizeof out->storage);
    if (len == NM_IPV4_LEN) {
        struct sockaddr_in *sin = (struct sockaddr_in *)&out->storage;
        sin->sin_family = AF_INET;
        sin->sin_port = htons((uint16_t)port);
        memcpy(&sin->sin_addr, octets, NM_IPV4_LEN);
        out->len = sizeof *sin;
    } else {
        struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)&out->storage;
        sin6->sin6_family = AF_INET6;
        sin6->sin6_port = htons((uint16_t)port);
        memcpy(&sin6->sin6_addr, octets, NM_IPV6_LEN);
        out->len = sizeof *sin6;
    }
    return NM_OK;
}

nm_sender
nm_sender_of(const struct sockaddr_storage *address)
{
    nm_sender sender = {.family = 0};
    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *sin = (const struct sockaddr_in *)address;
        sender.family = 4;
        sender.port = ntohs(sin->sin_port);
        memcpy(sender.address, &sin->sin_addr, NM_IPV4_LEN);
    } else if (address->ss_family == AF_INET6) {
        const struct sockaddr_in6 *sin6 = (const struct sockaddr_in6 *)address;
        sender.family = 6;
        sender.port = ntohs(sin6->sin6_port);
        memcpy(sender.address, &sin6->sin6_addr, NM_IPV6_LEN);
    }
    return sender;
}

nm_status
nm_socket_address_of(int fd, char *text, unsigned *out_port, nm_error *err)
{
    struct sockaddr_storage storage = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof storage;
    if (getsockname(fd, (struct sockaddr *)&storage, &size) != 0) {
        return nm_error_set_system(err, errno, "getsockname() failed");
    }
    nm_sender name = nm_sender_of(&storage);
    size_t len = name.family == 4 ? NM_IPV4_LEN : NM_IPV6_LEN;
    text[nm_address_format(nm_span_of(name.address, len), text)] = '\0';
    *out_port = name.port;
    return NM_OK;
}
