/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of the Kafka client library, from texts, files and the environment. */
#include "io/kafka_config.h"

#include <unistd.h>

#include "base/ascii.h"
#include "check.h"

static void
check_setting(const nm_kafka_config *c, const char *key, const char *expected)
{
    const char *value = nm_kafka_config_get(c, key);
    if (expected == NULL) {
        CHECK(value == NULL);
        return;
    }
    CHECK(value != NULL);
    if (value != NULL) {
        CHECK_TEXT(value, strlen(value), expected);
    }
}

static const char INI[] = "first = 0\n"
                          "# comment = 1\n"
                          "[host:9092]\n"
                          "only.here=yes\n"
                          "  linger.ms   =  5 \r\n"
                          "\n"
                          "[ default ]\n"
                          "linger.ms = 1\n"
                          "password = a = b # c\n"
                          "[other]\n"
                          "linger.ms = 7\n"
                          "[default]\n"
                          "empty =\n";

static void
sections_count_in_their_order(void)
{
    static const struct {
        const char *section;
        const char *linger;
        const char *only_here;
    } rows[] = {{"host:9092", "5", "yes"},
                {"other", "7", NULL},
                {"nowhere", "1", NULL},
                {"default", "1", NULL}};
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        nm_kafka_config c = {.count = 0};
        CHECK_CASE(rows[i].section);
        CHECK_EQ(nm_kafka_config_read_ini(&c, nm_span_of_text(INI),
                                          nm_span_of_text(rows[i].section), NULL),
                 NM_OK);
        check_setting(&c, "linger.ms", rows[i].linger);
        check_setting(&c, "only.here", rows[i].only_here);
        check_setting(&c, "first", "0");
        check_setting(&c, "password", "a = b # c");
        check_setting(&c, "empty", "");
        check_setting(&c, "comment", NULL);
        nm_kafka_config_clear(&c);
    }
}

static void
lists_are_read(void)
{
    nm_kafka_config c = {.count = 0};
    CHECK_EQ(nm_kafka_config_read_list(&c, nm_span_of_text("a=1: b = 2::a=3:"), NULL), NM_OK);
    CHECK_EQ(c.count, 3);
    check_setting(&c, "a", "3");
    check_setting(&c, "b", "2");
    nm_kafka_config_clear(&c);
    CHECK_EQ(nm_kafka_config_read_list(&c, nm_span_of_text(""), NULL), NM_OK);
    CHECK_EQ(c.count, 0);
}

static void
what_is_no_setting_is_told_with_its_line(void)
{
    static const struct {
        const char *text;
        const char *message;
    } rows[] = {
        {"[default]\nlinger.ms\n", "line 2: a setting is a key, '=' and a value"},
        {"a=1\n\n=2", "line 3: a setting is a key, '=' and a value"},
        {"[somewhere]\nx\n", "line 2: a setting is a key, '=' and a value"},
        {"[broken\n", "line 1: a setting is a key, '=' and a value"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        nm_kafka_config c = {.count = 0};
        nm_error err;
        CHECK_CASE(rows[i].text);
        CHECK_EQ(
            nm_kafka_config_read_ini(&c, nm_span_of_text(rows[i].text), nm_span_of(NULL, 0), &err),
            NM_E_PARSE);
        CHECK_TEXT(err.message, strlen(err.message), rows[i].message);
        nm_kafka_config_clear(&c);
    }
}

static void
settings_have_limits(void)
{
    nm_kafka_config c = {.count = 0};
    nm_span key = nm_span_of_text("key");
    for (int i = 0; i < NM_KAFKA_SETTINGS_MAX; i++) {
        CHECK_EQ(nm_kafka_config_add(&c, key, key, NULL), NM_OK);
    }
    CHECK_EQ(nm_kafka_config_add(&c, key, key, NULL), NM_E_LIMIT);
    nm_kafka_config_clear(&c);
    char long_text[NM_KAFKA_TEXT_MAX + 1];
    memset(long_text, 'x', sizeof long_text);
    nm_span longest = nm_span_of(long_text, NM_KAFKA_TEXT_MAX);
    nm_span longer = nm_span_of(long_text, NM_KAFKA_TEXT_MAX + 1);
    CHECK_EQ(nm_kafka_config_add(&c, longest, longest, NULL), NM_OK);
    CHECK_EQ(nm_kafka_config_add(&c, key, longer, NULL), NM_E_LIMIT);
    CHECK_EQ(nm_kafka_config_add(&c, longer, key, NULL), NM_E_LIMIT);
    CHECK_EQ(c.count, 1);
    nm_kafka_config_clear(&c);
    CHECK_EQ(nm_kafka_config_add(&c, key, nm_span_of("a\0b", 3), NULL), NM_E_PARSE);
    CHECK_EQ(nm_kafka_config_add(&c, nm_span_of("a\0b", 3), key, NULL), NM_E_PARSE);
    CHECK_EQ(c.count, 0);
    nm_kafka_config_clear(&c);
}

/* -- the environment -- */

static void
make_file(char *path, const char *text)
{
    int fd = mkstemp(path);
    CHECK_OR_EXIT(fd >= 0);
    CHECK_OR_EXIT(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    (void)close(fd);
}

static void
the_environment_names_a_file_or_lists_settings(void)
{
    char path[] = "/tmp/nmsg-kafka-XXXXXX";
    nm_kafka_config c = {.count = 0};
    make_file(path, INI);
    CHECK_EQ(setenv("NMSG_KAFKA_CONFIG", path, 1), 0);
    CHECK_EQ(nm_kafka_config_load(&c, "other", NULL), NM_OK);
    check_setting(&c, "linger.ms", "7");
    nm_kafka_config_clear(&c);
    CHECK_EQ(unlink(path), 0);

    CHECK_EQ(setenv("NMSG_KAFKA_CONFIG", "linger.ms=9", 1), 0);
    CHECK_EQ(nm_kafka_config_load(&c, "other", NULL), NM_OK);
    check_setting(&c, "linger.ms", "9");
    nm_kafka_config_clear(&c);
    CHECK_EQ(unsetenv("NMSG_KAFKA_CONFIG"), 0);
}

static void
what_the_environment_names_must_be_good(void)
{
    char path[] = "/tmp/nmsg-kafka-XXXXXX";
    char expected[128];
    nm_kafka_config c = {.count = 0};
    nm_error err;
    make_file(path, "a=1\nb\n");
    CHECK_EQ(setenv("NMSG_KAFKA_CONFIG", path, 1), 0);
    CHECK_EQ(nm_kafka_config_load(&c, "h", &err), NM_E_PARSE);
    (void)snprintf(expected, sizeof expected, "%s: line 2: a setting is a key, '=' and a value",
                   path);
    CHECK_TEXT(err.message, strlen(err.message), expected);
    nm_kafka_config_clear(&c);
    CHECK_EQ(unlink(path), 0);
    CHECK_EQ(nm_kafka_config_load(&c, "h", &err), NM_E_SYSTEM);
    CHECK_EQ(c.count, 0);

    CHECK_EQ(setenv("NMSG_KAFKA_CONFIG", "nonsense", 1), 0);
    CHECK_EQ(nm_kafka_config_load(&c, "h", &err), NM_E_PARSE);
    const char *list = "NMSG_KAFKA_CONFIG: a setting is a key, '=' and a value";
    CHECK_TEXT(err.message, strlen(err.message), list);
    CHECK_EQ(unsetenv("NMSG_KAFKA_CONFIG"), 0);
}

CHECK_MAIN(CHECK_TEST(sections_count_in_their_order), CHECK_TEST(lists_are_read),
           CHECK_TEST(what_is_no_setting_is_told_with_its_line), CHECK_TEST(settings_have_limits),
           CHECK_TEST(the_environment_names_a_file_or_lists_settings),
           CHECK_TEST(what_the_environment_names_must_be_good))
