/* SPDX-License-Identifier: Apache-2.0 */
#include "io/socket_address.h"

#include <netinet/in.h>

#include "check.h"
#include "io/os.h"

static void
literals_and_ports_are_taken_nothing_else(void)
{
    static const struct {
        const char *name;
        const char *address;
        unsigned port;
        nm_status status;
        int family;
    } rows[] = {
        {"an IPv4 literal", "127.0.0.1", 9430, NM_OK, AF_INET},
        {"an IPv6 literal", "::1", 65535, NM_OK, AF_INET6},
        {"any port", "127.0.0.1", 0, NM_OK, AF_INET},
        {"a host name", "localhost", 9430, NM_E_ARGUMENT, 0},
        {"nothing", "", 9430, NM_E_ARGUMENT, 0},
        {"a port too large", "127.0.0.1", 65536, NM_E_ARGUMENT, 0},
        {"an address with a zone", "fe80::1%lo", 1, NM_E_ARGUMENT, 0},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_socket_address address;
        nm_error err = {.code = NM_OK};
        nm_status status = nm_socket_address_parse(rows[i].address, rows[i].port, &address, &err);
        CHECK_EQ(status, rows[i].status);
        if (status == NM_OK) {
            CHECK_EQ(address.storage.ss_family, rows[i].family);
            CHECK_EQ(nm_sender_of(&address.storage).port, rows[i].port);
        } else {
            CHECK_EQ(err.code, rows[i].status);
            CHECK(err.message[0] != '\0');
        }
    }
}

CHECK_MAIN(CHECK_TEST(literals_and_ports_are_taken_nothing_else))
