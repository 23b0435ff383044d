/* SPDX-License-Identifier: Apache-2.0 */
/* The arguments of -l and -s. */
#include <string.h>

#include "check.h"
#include "settings.h"

static void
addresses_ports_and_rates(void)
{
    static const struct {
        const char *name;
        char letter;
        const char *address;
        unsigned first;
        unsigned last;
        uint64_t rate;
        uint64_t burst;
    } rows[] = {
        {"127.0.0.1/8430", 'l', "127.0.0.1", 8430, 8430, 0, 0},
        {"::1/8430..8450", 'l', "::1", 8430, 8450, 0, 0},
        {"10.0.0.255/1..1", 's', "10.0.0.255", 1, 1, 0, 0},
        {"10.0.0.255/1,5000", 's', "10.0.0.255", 1, 1, 5000, 500},
        {"10.0.0.255/1..2,5000,100", 's', "10.0.0.255", 1, 2, 5000, 50},
        {"10.0.0.255/65535,5", 's', "10.0.0.255", 65535, 65535, 5, 1},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        tool_ports ports;
        CHECK_CASE(rows[i].name);
        CHECK_EQ(tool_ports_parse(rows[i].name, rows[i].letter, &ports, NULL), NM_OK);
        CHECK(strcmp(ports.address, rows[i].address) == 0);
        CHECK_EQ(ports.first, rows[i].first);
        CHECK_EQ(ports.last, rows[i].last);
        CHECK_EQ(ports.rate, rows[i].rate);
        CHECK_EQ(ports.burst, rows[i].burst);
        CHECK(ports.rate == 0 || ports.freq > 0);
    }
}

static void
mistakes_are_named(void)
{
    static const struct {
        const char *name;
        char letter;
        const char *text;
    } rows[] = {
        {"127.0.0.1", 'l', "usage error: argument to -l needs a /"},
        {"127.0.0.1/x", 'l', "usage error: need a port number or range after /"},
        {"127.0.0.1/-1", 'l', "usage error: need a port number or range after /"},
        {"127.0.0.1/5..1", 's', "usage error: bad port range in -s argument"},
        {"127.0.0.1/1..22", 'l', "usage error: bad port range in -l argument"},
        {"127.0.0.1/1..", 'l', "usage error: bad port range in -l argument"},
        {"127.0.0.1/0", 'l', "usage error: bad -l socket"},
        {"127.0.0.1/65536", 'l', "usage error: bad -l socket"},
        {"127.0.0.1/5,1", 'l', "usage error: bad -l socket"},
        {"127.0.0.1/5,x", 's', "usage error: bad -s socket"},
        {"127.0.0.1/5,1,2,3", 's', "usage error: bad -s socket"},
        {"host/5", 's', "usage error: bad -s socket"},
        {"[::1]/5", 's', "usage error: bad -s socket"},
        {"/5", 's', "usage error: bad -s socket"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        tool_ports ports;
        nm_error err = {.code = NM_OK};
        CHECK_CASE(rows[i].name);
        CHECK_EQ(tool_ports_parse(rows[i].name, rows[i].letter, &ports, &err), NM_E_ARGUMENT);
        CHECK(strcmp(err.message, rows[i].text) == 0);
    }
}

CHECK_MAIN(CHECK_TEST(addresses_ports_and_rates), CHECK_TEST(mistakes_are_named))
