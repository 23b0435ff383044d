/* SPDX-License-Identifier: Apache-2.0 */
/* What users set about DNS transactions: the values of all variables, each up to a zero. */
#include "base/buffer.h"
#include "capture/dnsqr_options.h"
#include "capture/name_set.h"

#include "fuzz.h"

enum { FILTER_MAX = 1 << 20 };

/* The expression is balanced, and holds nothing of the lists but characters of addresses. */
static void
require_filter(const nm_buffer *filter)
{
    int depth = 0;
    for (size_t i = 0; i < filter->len; i++) {
        depth += (filter->data[i] == '(') - (filter->data[i] == ')');
        FUZZ_REQUIRE(depth >= 0);
        FUZZ_REQUIRE(memchr("abcdefinoprstu()[]0123456789xABCDEF:./&!=> ", filter->data[i], 44) !=
                     NULL);
    }
    FUZZ_REQUIRE(depth == 0 && filter->len > 0);
}

static void
try_filter(const char *const *values, nm_dnsqr_mode mode, const nm_allocator *memory)
{
    nm_buffer filter;
    nm_buffer_init(&filter, FILTER_MAX, memory);
    if (values[NM_DNSQR_AUTH_ADDRS] == NULL && values[NM_DNSQR_RES_ADDRS] == NULL) {
        return;
    }
    nm_status status = nm_dnsqr_filter_format(values[NM_DNSQR_AUTH_ADDRS],
                                              values[NM_DNSQR_RES_ADDRS], mode, &filter, NULL);
    if (status == NM_OK) {
        require_filter(&filter);
    } else {
        FUZZ_REQUIRE(filter.len == 0);
        FUZZ_REQUIRE(status == NM_E_ARGUMENT || status == NM_E_LIMIT || fuzz_memory_has_failed());
    }
    nm_buffer_clear(&filter);
}

static void
try_names(nm_span list, const nm_allocator *memory)
{
    nm_name_set set;
    nm_span rest = list;
    nm_span name;
    size_t bad = 0;
    size_t all = 0;
    while (nm_dnsqr_names_next_bad(&rest, &name)) {
        bad++;
    }
    rest = list;
    while (nm_name_list_next(&rest, &name)) {
        all++;
    }
    FUZZ_REQUIRE(bad <= all);
    if (nm_name_set_init(list, 3, memory, &set) == NM_OK) {
        FUZZ_REQUIRE(nm_name_set_is_empty(&set) == (bad == all));
        (void)nm_name_set_covers(&set, list); /* Any octets are a name. */
        nm_name_set_clear(&set, memory);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *values[NM_DNSQR_VARIABLE_COUNT] = {NULL};
    nm_dnsqr_options options = nm_dnsqr_options_default;
    const nm_allocator *memory = fuzz_memory_begin();
    char *text = malloc(size + 1);
    FUZZ_REQUIRE(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    for (size_t i = 0, at = 0; i < NM_DNSQR_VARIABLE_COUNT && at < size; i++) {
        values[i] = text[at] != '-' ? text + at : NULL; /* Not set. */
        at += strlen(text + at) + 1;
    }
    nm_dnsqr_options_set(values, &options);
    FUZZ_REQUIRE(options.query_timeout_sec > 0 && options.queries_max > 0);
    try_names(options.names_excluded, memory);
    try_names(options.names_included, memory);
    try_filter(values, options.mode, memory);
    free(text);
    fuzz_memory_end();
    return 0;
}
