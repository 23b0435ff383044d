/* SPDX-License-Identifier: Apache-2.0 */
/* The input is read as the text of an address, and its start as octets of addresses. */
#include "base/address.h"

#include "fuzz.h"

#ifdef __GLIBC__
#include <arpa/inet.h>

/* The C library reads the same texts as addresses, and writes the same. */
static void
compare_with_libc(nm_span text, const uint8_t *address, size_t len)
{
    char copy[NM_ADDRESS_TEXT_MAX + 1] = "";
    char written[INET6_ADDRSTRLEN];
    char own[NM_ADDRESS_TEXT_MAX];
    uint8_t other[NM_IPV6_LEN];
    if (text.len >= sizeof copy || memchr(text.data, '\0', text.len) != NULL) {
        return;
    }
    memcpy(copy, text.data, text.len);
    bool is_ipv4 = inet_pton(AF_INET, copy, other) == 1;
    bool is_ipv6 = !is_ipv4 && inet_pton(AF_INET6, copy, other) == 1;
    FUZZ_REQUIRE(len == (is_ipv4 ? NM_IPV4_LEN : is_ipv6 ? NM_IPV6_LEN : 0));
    if (len > 0) {
        FUZZ_REQUIRE(memcmp(address, other, len) == 0);
        FUZZ_REQUIRE(inet_ntop(is_ipv4 ? AF_INET : AF_INET6, other, written, sizeof written));
        size_t own_len = nm_address_format(nm_span_of(address, len), own);
        FUZZ_REQUIRE(nm_span_equal(nm_span_of(own, own_len), nm_span_of(written, strlen(written))));
    }
}
#else
static void
compare_with_libc(nm_span text, const uint8_t *address, size_t len)
{
    (void)text;
    (void)address;
    (void)len;
}
#endif

static void
require_round_trip(nm_span address)
{
    char text[NM_ADDRESS_TEXT_MAX];
    uint8_t back[NM_IPV6_LEN];
    size_t len = nm_address_format(address, text);
    FUZZ_REQUIRE(len > 0 && len <= sizeof text);
    FUZZ_REQUIRE(nm_address_parse(nm_span_of(text, len), back) == address.len);
    FUZZ_REQUIRE(memcmp(back, address.data, address.len) == 0);
    compare_with_libc(nm_span_of(text, len), back, address.len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t address[NM_IPV6_LEN];
    nm_span text = nm_span_of(data, size);
    size_t len = nm_address_parse(text, address);
    FUZZ_REQUIRE(len == 0 || len == NM_IPV4_LEN || len == NM_IPV6_LEN);
    if (len > 0) {
        require_round_trip(nm_span_of(address, len));
    }
    if (size > 0) {
        compare_with_libc(text, address, len);
    }
    if (size >= NM_IPV6_LEN) {
        require_round_trip(nm_span_of(data, NM_IPV6_LEN));
    }
    if (size >= NM_IPV4_LEN) {
        require_round_trip(nm_span_of(data, NM_IPV4_LEN));
    }
    return 0;
}
