/* SPDX-License-Identifier: Apache-2.0 */
/* Socket addresses, both ways. */
#include "io/socket_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>

#include "base/address.h"
#include "base/ascii.h"
#include "io/os.h"

/* From octets of an address, or none for any address. */
static nm_socket_address
from_octets(const uint8_t *octets, size_t len, unsigned port)
{
    nm_socket_address out = {.len = 0};
    if (len == NM_IPV6_LEN) {
        struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)&out.storage;
        sin6->sin6_family = AF_INET6;
        sin6->sin6_port = htons((uint16_t)port);
        memcpy(&sin6->sin6_addr, octets, NM_IPV6_LEN);
        out.len = sizeof *sin6;
    } else {
        struct sockaddr_in *sin = (struct sockaddr_in *)&out.storage;
        sin->sin_family = AF_INET;
        sin->sin_port = htons((uint16_t)port);
        memcpy(&sin->sin_addr, octets, len);
        out.len = sizeof *sin;
    }
    return out;
}

/* Letters, digits, what else host names have, and what is not ASCII. */
static bool
is_in_names(uint8_t octet)
{
    uint8_t small = nm_ascii_lower(octet);
    return (small >= 'a' && small <= 'z') || nm_ascii_is_digit(octet) || octet == '-' ||
           octet == '_' || octet == '.' || octet >= 0x80;
}

/* What an address looks like that is no plain literal. */
typedef enum address_form { FORM_NONE, FORM_NUMERIC, FORM_NAME } address_form;

static address_form
form_of(const char *address)
{
    size_t len = strlen(address);
    size_t last = len; /* Where the last label begins. */
    if (strchr(address, ':') != NULL) {
        return FORM_NUMERIC; /* Perhaps with a zone. */
    }
    for (size_t i = 0; i < len; i++) {
        if (!is_in_names((uint8_t)address[i])) {
            return FORM_NONE;
        }
    }
    while (last > 0 && address[last - 1] != '.') {
        last--;
    }
    /* No top-level domain is a number, so there is nothing to look up. */
    return nm_ascii_is_digit((uint8_t)address[last]) ? FORM_NUMERIC : FORM_NAME;
}

static nm_status
not_found(const char *address, int code, nm_error *err)
{
    if (code == EAI_MEMORY) {
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory to look up '%s'", address);
    }
    if (code == EAI_SYSTEM) {
        return nm_error_set_system(err, errno, "cannot look up '%s'", address);
    }
    nm_error_fill(err, NM_E_ARGUMENT, code, /* offset= */ 0, "host '%s' is not found: %s", address,
                  gai_strerror(code));
    return NM_E_ARGUMENT;
}

static nm_status
look_up(const char *address, unsigned port, bool is_numeric, nm_socket_address *out, nm_error *err)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_DGRAM,
                             .ai_flags = is_numeric ? AI_NUMERICHOST : 0};
    struct addrinfo *found = NULL;
    int code = getaddrinfo(address, /* service= */ NULL, &hints, &found);
    const struct addrinfo *chosen = NULL;
    for (const struct addrinfo *a = found; code == 0 && a != NULL; a = a->ai_next) {
        /* IPv4 first: what one end listens on and the other sends to must be the same. */
        if (a->ai_family == AF_INET || (a->ai_family == AF_INET6 && chosen == NULL)) {
            chosen = a;
        }
        if (a->ai_family == AF_INET) {
            break;
        }
    }
    if (chosen == NULL) {
        return is_numeric
                   ? nm_error_set(err, NM_E_ARGUMENT, 0, "'%s' is no IPv4 or IPv6 address", address)
                   : not_found(address, code != 0 ? code : EAI_NONAME, err);
    }
    memset(&out->storage, 0, sizeof out->storage);
    memcpy(&out->storage, chosen->ai_addr, chosen->ai_addrlen);
    out->len = chosen->ai_addrlen;
    freeaddrinfo(found);
    if (out->storage.ss_family == AF_INET) {
        ((struct sockaddr_in *)&out->storage)->sin_port = htons((uint16_t)port);
    } else {
        ((struct sockaddr_in6 *)&out->storage)->sin6_port = htons((uint16_t)port);
    }
    return NM_OK;
}

nm_status
nm_socket_address_find(const char *address, unsigned port, nm_socket_address *out, nm_error *err)
{
    static const uint8_t any[NM_IPV4_LEN] = {0, 0, 0, 0};
    static const uint8_t broadcast[NM_IPV4_LEN] = {255, 255, 255, 255};
    uint8_t octets[NM_IPV6_LEN];
    if (port > UINT16_MAX) {
        return nm_error_set(err, NM_E_ARGUMENT, 0, "port %u is not between 0 and 65535", port);
    }
    size_t len = nm_address_parse(nm_span_of(address, strlen(address)), octets);
    if (len > 0) {
        *out = from_octets(octets, len, port);
        return NM_OK;
    }
    if (address[0] == '\0' || strcmp(address, "<broadcast>") == 0) {
        *out = from_octets(address[0] == '\0' ? any : broadcast, NM_IPV4_LEN, port);
        return NM_OK;
    }
    address_form form = form_of(address);
    if (form == FORM_NONE) {
        return nm_error_set(err, NM_E_ARGUMENT, 0, "'%s' is no address and no host name", address);
    }
    return look_up(address, port, form == FORM_NUMERIC, out, err);
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

void
nm_socket_address_format(const nm_socket_address *address, char *text)
{
    nm_sender name = nm_sender_of(&address->storage);
    size_t len = name.family == 4 ? NM_IPV4_LEN : NM_IPV6_LEN;
    text[nm_address_format(nm_span_of(name.address, len), text)] = '\0';
}

nm_status
nm_socket_address_of(int fd, char *text, unsigned *out_port, nm_error *err)
{
    nm_socket_address name = {.len = sizeof name.storage};
    if (getsockname(fd, (struct sockaddr *)&name.storage, &name.len) != 0) {
        return nm_error_set_system(err, errno, "getsockname() failed");
    }
    nm_socket_address_format(&name, text);
    *out_port = nm_sender_of(&name.storage).port;
    return NM_OK;
}
