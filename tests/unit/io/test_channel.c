/* SPDX-License-Identifier: Apache-2.0 */
/* The text of channel files, and finding them. */
#include "io/channel.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ascii.h"
#include "check.h"
#include "io/alias_files.h"

static nm_channel_search
search_of(const char *text, const char *name)
{
    return nm_channel_search_init(nm_span_of_text(text), nm_span_of_text(name));
}

static void
lines_have_names_and_places(void)
{
    nm_channel_search search =
        search_of("one a b\n\n \t\r\n# comment\n  two\r\n#\nthree\tc \vd\r\nfour", "");
    static const struct {
        const char *name;
        const char *places;
        unsigned number;
    } rows[] = {{"one", " a b", 1}, {"two", "\r", 5}, {"three", "\tc \vd\r", 7}, {"four", "", 8}};
    nm_channel_line line;
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        CHECK_OR_EXIT(nm_channel_line_next(&search, &line));
        CHECK_SPAN(line.name, nm_span_of_text(rows[i].name));
        CHECK_SPAN(line.places, nm_span_of_text(rows[i].places));
        CHECK_EQ(line.number, rows[i].number);
    }
    CHECK(!nm_channel_line_next(&search, &line));
    CHECK(!nm_channel_line_next(&search, &line));
}

static void
nothing_has_no_lines(void)
{
    nm_channel_search search = nm_channel_search_init(nm_span_of(NULL, 0), nm_span_of(NULL, 0));
    nm_channel_line line;
    nm_channel_place place;
    CHECK(!nm_channel_line_next(&search, &line));
    CHECK_EQ(nm_channel_place_next(&search, &place, NULL), NM_END);
    CHECK(!search.is_known);
}

static void
places_are_understood(void)
{
    static const struct {
        const char *text;
        const char *address;
        unsigned first;
        unsigned last;
    } rows[] = {
        {"127.0.0.1/8430", "127.0.0.1", 8430, 8430},
        {"10.32.202.255/8430..8437", "10.32.202.255", 8430, 8437},
        {"10.0.0.1/8430..8430", "10.0.0.1", 8430, 8430},
        {"10.0.0.1/1..65535", "10.0.0.1", 1, 65535},
        {"0.0.0.0/0", "0.0.0.0", 0, 0},
        {"::1/08430", "::1", 8430, 8430},
        {"1111:2222:3333:4444:5555:6666:123.123.123.123/65535",
         "1111:2222:3333:4444:5555:6666:123.123.123.123", 65535, 65535},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].text);
        char text[128];
        nm_channel_place place;
        snprintf(text, sizeof text, "ch %s\n", rows[i].text);
        nm_channel_search search = search_of(text, "ch");
        CHECK_OR_EXIT(nm_channel_place_next(&search, &place, NULL) == NM_OK);
        CHECK(!place.is_endpoint);
        CHECK_SPAN(place.text, nm_span_of_text(rows[i].text));
        CHECK_TEXT(place.address, strlen(place.address), rows[i].address);
        CHECK_EQ(place.first_port, rows[i].first);
        CHECK_EQ(place.last_port, rows[i].last);
        CHECK_EQ(nm_channel_place_next(&search, &place, NULL), NM_END);
    }
}

static void
other_places_are_refused(void)
{
    static const char *const rows[] = {
        "127.0.0.1",
        "127.0.0.1/",
        "127.0.0.1/x",
        "127.0.0.1/65536",
        "127.0.0.1/-1",
        "127.0.0.1/+1",
        "127.0.0.1/0x10",
        "127.0.0.1/8437..8430",
        "127.0.0.1/8430.",
        "127.0.0.1/8430..",
        "127.0.0.1/..8430",
        "127.0.0.1/1..2..3",
        "127.0.0.1/0..5",
        "127.0.0.1/1...5",
        "localhost/8430",
        "/8430",
        "[::1]/8430",
        "::1%lo/8430",
        "127.0.0.1/84/30",
        "127.0.0.1:8430",
        "127.0.0.256/1",
        "127.0.0.1/1..65536",
        "..",
        "/",
        "11111:2222:3333:4444:5555:6666:123.123.123.1234/65535",
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i]);
        char text[128];
        nm_channel_place place = {.first_port = 77};
        nm_error err = {.code = NM_OK};
        snprintf(text, sizeof text, "other x\nch %s 127.0.0.1/5", rows[i]);
        nm_channel_search search = search_of(text, "ch");
        CHECK_EQ(nm_channel_place_next(&search, &place, &err), NM_E_PARSE);
        CHECK_EQ(err.code, NM_E_PARSE);
        CHECK_EQ(err.offset, 11);
        CHECK(strncmp(err.message, "line 2: \"", 9) == 0);
        CHECK(strstr(err.message, rows[i]) != NULL);
        CHECK_EQ(place.first_port, 77);
        CHECK_EQ(nm_channel_place_next(&search, &place, NULL), NM_OK);
        CHECK_EQ(place.first_port, 5);
    }
}

static void
endpoints_are_told_apart(void)
{
    nm_channel_search search = search_of("ch tcp://192.0.2.1:5555,accept,pubsub ipc:///x", "ch");
    nm_channel_place place;
    CHECK_EQ(nm_channel_place_next(&search, &place, NULL), NM_OK);
    CHECK(place.is_endpoint);
    CHECK_SPAN(place.text, nm_span_of_text("tcp://192.0.2.1:5555,accept,pubsub"));
    CHECK_EQ(nm_channel_place_next(&search, &place, NULL), NM_OK);
    CHECK(place.is_endpoint);
    CHECK_EQ(nm_channel_place_next(&search, &place, NULL), NM_END);
}

static void
lines_of_a_name_add_up(void)
{
    static const char text[] = "ch2 ::1/1 ::1/2\nch3 bad\nch2\nCH2 bad\nch22 bad\n ch2 ::1/3";
    nm_channel_search search = search_of(text, "ch2");
    nm_channel_place place;
    for (unsigned port = 1; port <= 3; port++) {
        CHECK_EQ(nm_channel_place_next(&search, &place, NULL), NM_OK);
        CHECK_EQ(place.first_port, port);
        CHECK(search.is_known);
    }
    CHECK_EQ(nm_channel_place_next(&search, &place, NULL), NM_END);
    CHECK_CASE("only a name");
    search = search_of("ch2\n", "ch2");
    CHECK_EQ(nm_channel_place_next(&search, &place, NULL), NM_END);
    CHECK(search.is_known);
    CHECK_CASE("no such name");
    search = search_of(text, "ch");
    CHECK_EQ(nm_channel_place_next(&search, &place, NULL), NM_END);
    CHECK(!search.is_known);
    CHECK_CASE("empty name");
    search = search_of(text, "");
    CHECK_EQ(nm_channel_place_next(&search, &place, NULL), NM_END);
    CHECK(!search.is_known);
}

/* -- files -- */

enum { PATH_LEN = 256 };

static char folder[PATH_LEN];

static void
enter_folder(void)
{
    static const char pattern[] = "/tmp/nm-channel-XXXXXX";
    memcpy(folder, pattern, sizeof pattern);
    CHECK_OR_EXIT(mkdtemp(folder) != NULL);
    unsetenv("NMSG_CHALIAS_FILE");
    setenv("XDG_CONFIG_HOME", folder, 1);
}

static const char *
path_of(const char *name)
{
    static char path[2 * PATH_LEN];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void
put_file(const char *name, const char *text)
{
    FILE *file = fopen(path_of(name), "w");
    CHECK_OR_EXIT(file != NULL);
    CHECK(fputs(text, file) >= 0);
    CHECK_EQ(fclose(file), 0);
}

static void
leave_folder(void)
{
    unlink(path_of("nmsg/nmsg.chalias"));
    unlink(path_of("nmsg/nmsgtool.chalias"));
    unlink(path_of("named"));
    rmdir(path_of("nmsg"));
    CHECK_EQ(rmdir(folder), 0);
}

/* Read the file and compare; `name` NULL: it is in none of our places. */
static void
check_file(const char *name, const char *expected)
{
    nm_buffer text;
    char *path = NULL;
    nm_buffer_init(&text, NM_ALIAS_FILE_LEN_MAX, &nm_allocator_heap);
    CHECK_EQ(nm_channel_file_read(&text, &path, NULL), NM_OK);
    if (name == NULL) {
        CHECK(path == NULL || strstr(path, folder) == NULL);
    } else {
        CHECK_OR_EXIT(path != NULL);
        CHECK_TEXT(path, strlen(path), path_of(name));
        CHECK_SPAN(nm_buffer_span(&text), nm_span_of_text(expected));
    }
    free(path);
    nm_buffer_clear(&text);
}

static void
first_file_is_read(void)
{
    enter_folder();
    CHECK_CASE("none");
    check_file(NULL, NULL);
    CHECK_EQ(mkdir(path_of("nmsg"), 0700), 0);
    CHECK_CASE("second name");
    put_file("nmsg/nmsgtool.chalias", "second");
    check_file("nmsg/nmsgtool.chalias", "second");
    CHECK_CASE("first name");
    put_file("nmsg/nmsg.chalias", "first");
    check_file("nmsg/nmsg.chalias", "first");
    CHECK_CASE("variable");
    put_file("named", "");
    setenv("NMSG_CHALIAS_FILE", path_of("named"), 1);
    check_file("named", "");
    CHECK_CASE("variable names nothing");
    setenv("NMSG_CHALIAS_FILE", path_of("nothing"), 1);
    check_file(NULL, NULL);
    CHECK_CASE("empty variable");
    setenv("NMSG_CHALIAS_FILE", "", 1);
    check_file(NULL, NULL);
    leave_folder();
}

static void
unreadable_files_are_told(void)
{
    nm_buffer text;
    nm_error err = {.code = NM_OK};
    char *path = NULL;
    enter_folder();
    nm_buffer_init(&text, 100, &nm_allocator_heap);
    CHECK_CASE("folder");
    setenv("NMSG_CHALIAS_FILE", folder, 1);
    CHECK_EQ(nm_channel_file_read(&text, &path, &err), NM_E_SYSTEM);
    CHECK_EQ(err.sys_errno, EISDIR);
    CHECK_CASE("no room");
    put_file("named", "ch 1.2.3.4/5 1.2.3.4/5 1.2.3.4/5 1.2.3.4/5 1.2.3.4/5 1.2.3.4/5 1.2.3.4/5 "
                      "1.2.3.4/5 1.2.3.4/5 1.2.3.4/5 1.2.3.4/5 1.2.3.4/5\n");
    setenv("NMSG_CHALIAS_FILE", path_of("named"), 1);
    CHECK_EQ(nm_channel_file_read(&text, &path, &err), NM_E_LIMIT);
    CHECK(strstr(err.message, "named") != NULL);
    CHECK_CASE("too large");
    CHECK_EQ(truncate(path_of("named"), NM_ALIAS_FILE_LEN_MAX + 1), 0);
    CHECK_EQ(nm_channel_file_read(&text, &path, &err), NM_E_LIMIT);
    CHECK(strstr(err.message, "named") != NULL);
    CHECK(path == NULL);
    nm_buffer_clear(&text);
    leave_folder();
}

CHECK_MAIN(CHECK_TEST(lines_have_names_and_places), CHECK_TEST(nothing_has_no_lines),
           CHECK_TEST(places_are_understood), CHECK_TEST(other_places_are_refused),
           CHECK_TEST(endpoints_are_told_apart), CHECK_TEST(lines_of_a_name_add_up),
           CHECK_TEST(first_file_is_read), CHECK_TEST(unreadable_files_are_told))
