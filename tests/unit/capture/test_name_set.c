/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/name_set.h"

#include "check.h"
#include "failing_allocator.h"
#include "octets.h"

static nm_span
text(const char *t)
{
    return nm_span_of(t, strlen(t));
}

static void
names_and_what_is_below_them_are_covered(void)
{
    static const struct {
        const char *list;
        const char *name; /* Its final zero is the root. */
        bool is_covered;
    } rows[] = {
        {"foo.com", "\3foo\3com", true},
        {"foo.com", "\3www\3foo\3com", true},
        {"foo.com", "\3WwW\3FOO\3coM", true},
        {"FOO.com.", "\3foo\3com", true},
        {"foo.com", "\4xfoo\3com", false},
        {"foo.com", "\3com", false},
        {"foo.com", "", false},
        {"foo.com", "\3foo\3com\3net", false},
        {"a:b:foo.com", "\1b", true},
        {"a::b:", "\1x\1b", true},
        {".", "", true},
        {".", "\1x\1b", true},
        {"", "\1x", false},
        {":::", "\1x", false},
        {"..:a..b:\\:x", "\1x", true}, /* Two are no names. */
        {"a\\.b.c", "\3a.b\1c", true},
        {"\\001.c", "\1\1\1c", true},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        nm_name_set set;
        CHECK_CASE(rows[i].list);
        CHECK_EQ(nm_name_set_init(text(rows[i].list), 5, &nm_allocator_heap, &set), NM_OK);
        nm_span name = nm_span_of(rows[i].name, strlen(rows[i].name) + 1);
        CHECK_EQ(nm_name_set_covers(&set, name), rows[i].is_covered);
        nm_name_set_clear(&set, &nm_allocator_heap);
        CHECK(nm_name_set_is_empty(&set));
    }
}

/* Names come as they were sent. */
static void
octets_that_are_no_name_are_looked_through(void)
{
    nm_name_set set;
    octets o = {0};
    CHECK_EQ(nm_name_set_init(text("com"), 5, &nm_allocator_heap, &set), NM_OK);
    CHECK(!nm_name_set_covers(&set, nm_span_of("\300\014", 2)));    /* A pointer. */
    CHECK(!nm_name_set_covers(&set, nm_span_of("\3com", 4)));       /* No root. */
    CHECK(!nm_name_set_covers(&set, nm_span_of("\1a\3com\0x", 8))); /* Something behind. */
    CHECK(nm_name_set_covers(&set, nm_span_of("\0\0\3com", 7)));    /* Empty labels before. */
    CHECK(!nm_name_set_covers(&set, nm_span_of("", 0)));
    octets_fill(&o, 0, 60000); /* Every zero is a label. */
    octets_put(&o, "\3com", 5);
    CHECK(nm_name_set_covers(&set, octets_span(&o)));
    o.len = 60000;
    CHECK(!nm_name_set_covers(&set, octets_span(&o)));
    octets_free(&o);
    nm_name_set_clear(&set, &nm_allocator_heap);
}

static void
many_names_are_all_found(void)
{
    octets list = {0};
    nm_name_set set;
    for (int i = 0; i < 3000; i++) {
        char one[32];
        int len = snprintf(one, sizeof one, "n%d.example:", i / 2); /* Each twice. */
        octets_put(&list, one, (size_t)len);
    }
    CHECK_EQ(nm_name_set_init(octets_span(&list), 9, &nm_allocator_heap, &set), NM_OK);
    for (int i = 0; i < 3000; i++) {
        char label[16];
        octets name = {0};
        int len = snprintf(label, sizeof label, "n%d", i);
        octets_u8(&name, (unsigned)len);
        octets_put(&name, label, (size_t)len);
        octets_put(&name, "\7example", 9);
        CHECK_EQ(nm_name_set_covers(&set, octets_span(&name)), i < 1500);
        octets_free(&name);
    }
    nm_name_set_clear(&set, &nm_allocator_heap);
    octets_free(&list);
}

static void
some_names(failing_allocator *memory)
{
    nm_name_set set;
    if (nm_name_set_init(text("a.b:c:d"), 1, &memory->allocator, &set) == NM_OK) {
        CHECK(nm_name_set_covers(&set, nm_span_of("\1c", 3)));
        nm_name_set_clear(&set, &memory->allocator);
    }
}

static void
no_memory_is_told(void)
{
    sweep_result result = failing_allocator_sweep(some_names, 100);
    CHECK_EQ(result.failures, 2);
    CHECK_EQ(result.leaks, 0);
    CHECK(result.is_complete);
}

CHECK_MAIN(CHECK_TEST(names_and_what_is_below_them_are_covered),
           CHECK_TEST(octets_that_are_no_name_are_looked_through),
           CHECK_TEST(many_names_are_all_found), CHECK_TEST(no_memory_is_told))
