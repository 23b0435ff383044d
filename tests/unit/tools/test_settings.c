/* SPDX-License-Identifier: Apache-2.0 */
/* What options come to. */
#include "settings.h"

#include <string.h>

#include "check.h"

static nm_status
make(const tool_options *options, tool_settings *out, nm_error *err)
{
    static const nm_aliases none = {.operators = NULL};
    return tool_settings_make(options, &none, /* kicker= */ NULL, /* seed= */ 1, out, err);
}

static void
line_ends_are_unescaped(void)
{
    static const struct {
        const char *name;
        const char *endline;
    } rows[] = {
        {"", ""},       {"|", "|"},     {"\\n", "\n"}, {"a\\tb", "a\tb"},
        {"\\\\", "\\"}, {"\\x|", "x|"}, {"x\\", "x"},  {"\\\\n", "\\n"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        tool_options options = {.endline = rows[i].name};
        tool_settings settings;
        CHECK_CASE(rows[i].name);
        CHECK_EQ(make(&options, &settings, NULL), NM_OK);
        CHECK(nm_span_equal(nm_buffer_span(&settings.endline),
                            nm_span_of(rows[i].endline, strlen(rows[i].endline))));
        tool_settings_clear(&settings);
    }
}

static void
types_and_numbers_make_the_filter(void)
{
    tool_options options = {.vendor = "ISC",
                            .type = "HTTP",
                            .get_source = "0x10",
                            .get_operator = "010",
                            .get_group = "4294967295",
                            .set_source = "7"};
    tool_settings settings;
    CHECK_EQ(make(&options, &settings, NULL), NM_OK);
    CHECK_EQ(settings.filter.vendor, 1);
    CHECK_EQ(settings.filter.type, 4);
    CHECK(settings.schema != NULL);
    CHECK_EQ(settings.filter.source, 16);
    CHECK_EQ(settings.filter.operator, 8);
    CHECK_EQ(settings.filter.group, UINT32_MAX);
    CHECK_EQ(settings.change.source, 7);
    tool_settings_clear(&settings);
}

static void
numbers_that_are_none(void)
{
    static const char *const rows[] = {"", "0", "-1", "+1", " 1", "1 ", "0x", "4294967296", "1x"};
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        tool_options options = {.set_source = rows[i]};
        tool_settings settings;
        nm_error err = {.code = NM_OK};
        CHECK_CASE(rows[i]);
        CHECK_EQ(make(&options, &settings, &err), NM_E_ARGUMENT);
        CHECK(strcmp(err.message, "usage error: invalid source ID") == 0);
        tool_settings_clear(&settings);
    }
}

static void
filters_are_found(void)
{
    static const struct {
        const char *name;
        nm_status status;
    } rows[] = {
        {"sample,count=2", NM_OK},          {"/usr/lib/nmsg/nmsg_flt1_sample.so,count=2", NM_OK},
        {"./sample,random=0.1", NM_OK},     {"sample", NM_E_ARGUMENT},
        {"samples,count=2", NM_E_ARGUMENT}, {"", NM_E_ARGUMENT},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        const char *items[] = {rows[i].name};
        tool_options options = {.filters = {.items = items, .count = 1}, .policy = "drop"};
        tool_settings settings;
        CHECK_CASE(rows[i].name);
        CHECK_EQ(make(&options, &settings, NULL), rows[i].status);
        CHECK_EQ(settings.sample_count, rows[i].status == NM_OK);
        CHECK_EQ(settings.drops_rest, rows[i].status == NM_OK);
        tool_settings_clear(&settings);
    }
}

static void
interfaces_have_a_name_and_perhaps_more(void)
{
    static const struct {
        const char *text;
        const char *name;
        bool is_promiscuous;
        uint32_t snap_len;
    } rows[] = {
        {"eth0", "eth0", false, NM_PACKET_SNAP_LEN},
        {"eth0+", "eth0", true, NM_PACKET_SNAP_LEN},
        {"eth0,96", "eth0", false, 96},
        {"eth0+,0x100", "eth0", true, 256},
        {"eth0,0", "eth0", false, 0},
        {"+", NULL, false, 0},
        {"", NULL, false, 0},
        {",96", NULL, false, 0},
        {"eth0,", NULL, false, 0},
        {"eth0,-1", NULL, false, 0},
        {"eth0,96+", NULL, false, 0},
        {"an-interface-with-a-name-that-is-longer-than-any-kernel-would-take", NULL, false, 0},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        char name[TOOL_INTERFACE_ROOM] = "";
        nm_packet_options packets = nm_packet_options_default();
        nm_error err;
        CHECK_CASE(rows[i].text);
        nm_status status = tool_interface_parse(rows[i].text, name, &packets, &err);
        CHECK_EQ(status, rows[i].name != NULL ? NM_OK : NM_E_ARGUMENT);
        if (status == NM_OK) {
            CHECK_TEXT(name, strlen(name), rows[i].name);
            CHECK_EQ(packets.is_promiscuous, rows[i].is_promiscuous);
            CHECK_EQ(packets.snap_len, rows[i].snap_len);
        }
    }
}

CHECK_MAIN(CHECK_TEST(interfaces_have_a_name_and_perhaps_more), CHECK_TEST(line_ends_are_unescaped),
           CHECK_TEST(types_and_numbers_make_the_filter), CHECK_TEST(numbers_that_are_none),
           CHECK_TEST(filters_are_found))
