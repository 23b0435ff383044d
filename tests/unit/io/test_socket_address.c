/* SPDX-License-Identifier: Apache-2.0 */
#include "io/socket_address.h"

#include <netinet/in.h>

#include "base/address.h"
#include "check.h"
#include "io/os.h"

static void
addresses_and_names_are_found(void)
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
        {"a host name", "localhost", 9430, NM_OK, AF_INET},
        {"nothing", "", 9430, NM_OK, AF_INET},
        {"broadcast", "<broadcast>", 9430, NM_OK, AF_INET},
        {"an address in the old way", "127.1", 9430, NM_OK, AF_INET},
        {"a number too large", "127.0.0.256", 1, NM_E_ARGUMENT, 0},
        {"something with a slash", "127.0.0.1/24", 1, NM_E_ARGUMENT, 0},
        {"something with a blank", "local host", 1, NM_E_ARGUMENT, 0},
        {"brackets", "[::1]", 1, NM_E_ARGUMENT, 0},
        {"colons", "1:2", 1, NM_E_ARGUMENT, 0},
        {"a host that is not there", "nosuch.invalid", 1, NM_E_ARGUMENT, 0},
        {"a port too large", "127.0.0.1", 65536, NM_E_ARGUMENT, 0},
        {"an address with a zone", "fe80::1%lo", 1, NM_OK, AF_INET6},
        {"an address with a zone that is none", "fe80::1%nosuch", 1, NM_E_ARGUMENT, 0},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_socket_address address;
        nm_error err = {.code = NM_OK};
        nm_status status = nm_socket_address_find(rows[i].address, rows[i].port, &address, &err);
        CHECK_EQ(status, rows[i].status);
        if (status == NM_OK) {
            CHECK_EQ(address.storage.ss_family, rows[i].family);
            CHECK_EQ(nm_sender_of(&address.storage).port, rows[i].port);
        } else {
            CHECK_EQ(err.code, rows[i].status);
            CHECK_EQ(err.sys_errno != 0, strcmp(rows[i].address, "nosuch.invalid") == 0);
            CHECK(err.message[0] != '\0');
        }
    }
}

static void
what_stands_for_an_address(void)
{
    static const struct {
        const char *name;
        const char *address;
        const char *text;
    } rows[] = {
        {"literal", "2001:DB8::1", "2001:db8::1"},       {"any", "", "0.0.0.0"},
        {"broadcast", "<broadcast>", "255.255.255.255"}, {"the old way", "127.1", "127.0.0.1"},
        {"IPv4 before IPv6", "localhost", "127.0.0.1"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_socket_address address;
        char text[NM_ADDRESS_TEXT_MAX + 1];
        CHECK_EQ(nm_socket_address_find(rows[i].address, 1, &address, NULL), NM_OK);
        nm_socket_address_format(&address, text);
        CHECK_TEXT(text, strlen(text), rows[i].text);
    }
}

CHECK_MAIN(CHECK_TEST(addresses_and_names_are_found), CHECK_TEST(what_stands_for_an_address))
