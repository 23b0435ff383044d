/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and reading alias files. */
#include "io/alias_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"

enum {
    NAMES_MAX = 2,
    READ_LEN = 65536,
};

typedef struct alias_file {
    const char *variable;
    const char *names[NAMES_MAX];
} alias_file;

static const alias_file alias_files[] = {
    [NM_ALIAS_OPERATOR] = {"NMSG_OPALIAS_FILE", {"nmsg.opalias"}},
    [NM_ALIAS_GROUP] = {"NMSG_GRALIAS_FILE", {"nmsg.gralias"}},
    [NM_ALIAS_CHANNEL] = {"NMSG_CHALIAS_FILE", {"nmsg.chalias", "nmsgtool.chalias"}},
};

/* Folders for everybody, in the order of looking. */
static const char *const folders[] = {"/etc", "/usr/local/etc", NM_SYSCONFDIR};

enum { FOLDER_COUNT = sizeof folders / sizeof *folders };

/* Append `folder`, `middle` and `name`, one behind the other. */
static bool
add_path(nm_alias_paths *paths, const char *folder, const char *middle, const char *name)
{
    size_t size = strlen(folder) + strlen(middle) + strlen(name) + 1;
    char *path = malloc(size);
    if (path == NULL) {
        return false;
    }
    (void)snprintf(path, size, "%s%s%s", folder, middle, name); /* Fits. */
    paths->paths[paths->count++] = path;
    return true;
}

/* All names of a file in one folder. */
static bool
add_names(nm_alias_paths *paths, const alias_file *file, const char *folder, const char *middle)
{
    for (size_t i = 0; i < NAMES_MAX && file->names[i] != NULL; i++) {
        if (!add_path(paths, folder, middle, file->names[i])) {
            return false;
        }
    }
    return true;
}

/* The user's own folder. Relative paths in XDG_CONFIG_HOME count as none (XDG Base Directory
 * Specification, Basics). */
static bool
add_own_folder(nm_alias_paths *paths, const alias_file *file)
{
    const char *config = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    if (config != NULL && config[0] == '/') {
        return add_names(paths, file, config, "/nmsg/");
    }
    if (home != NULL && home[0] != '\0') {
        return add_names(paths, file, home, "/.config/nmsg/");
    }
    return true;
}

static bool
is_listed_before(size_t folder)
{
    for (size_t i = 0; i < folder; i++) {
        if (strcmp(folders[i], folders[folder]) == 0) {
            return true;
        }
    }
    return false;
}

static bool
add_all(nm_alias_paths *paths, const alias_file *file)
{
    const char *named = getenv(file->variable);
    if (named != NULL) {
        return add_path(paths, "", "", named);
    }
    if (!add_own_folder(paths, file)) {
        return false;
    }
    for (size_t i = 0; i < FOLDER_COUNT; i++) {
        if (!is_listed_before(i) && !add_names(paths, file, folders[i], "/")) {
            return false;
        }
    }
    return true;
}

nm_status
nm_alias_paths_list(nm_alias_kind kind, nm_alias_paths *out, nm_error *err)
{
    nm_alias_paths paths = {.count = 0};
    if (!add_all(&paths, &alias_files[kind])) {
        nm_alias_paths_clear(&paths);
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for the path of an alias file");
    }
    *out = paths;
    return NM_OK;
}

void
nm_alias_paths_clear(nm_alias_paths *paths)
{
    for (size_t i = 0; i < paths->count; i++) {
        free(paths->paths[i]);
    }
    *paths = (nm_alias_paths){.count = 0};
}

/* Whether a file that cannot be opened is to be taken as none. In a folder that may not be
 * searched, as somebody else's home, nobody can tell; then only who was named counts as there. */
static bool
is_missing(const char *path, int open_errno, bool is_named)
{
    struct stat info;
    if (open_errno == ENOENT || open_errno == ENOTDIR) {
        return true;
    }
    return open_errno == EACCES && !is_named && stat(path, &info) != 0;
}

/* Read to the end, and not much beyond the limit. */
static nm_status
read_all(int fd, const char *path, nm_buffer *out, nm_error *err)
{
    for (;;) {
        nm_status status = nm_buffer_reserve(out, READ_LEN);
        if (status != NM_OK) {
            return nm_error_set(err, status, 0, "no memory for %s", path);
        }
        ssize_t len = read(fd, out->data + out->len, READ_LEN);
        if (len == 0) {
            return NM_OK;
        }
        if (len > 0) {
            out->len += (size_t)len;
        } else if (errno != EINTR) {
            return nm_error_set_system(err, errno, "cannot read %s", path);
        }
        if (out->len > NM_ALIAS_FILE_LEN_MAX) {
            return nm_error_set(err, NM_E_LIMIT, NM_ALIAS_FILE_LEN_MAX,
                                "%s has more than %d octets", path, NM_ALIAS_FILE_LEN_MAX);
        }
    }
}

static nm_status
load_fd(int fd, const char *path, nm_alias_table **out, nm_error *err)
{
    nm_buffer text;
    nm_buffer_init(&text, NM_ALIAS_FILE_LEN_MAX + 2 * READ_LEN, &nm_allocator_heap);
    nm_status status = read_all(fd, path, &text, err);
    if (status == NM_OK) {
        status = nm_alias_table_parse(nm_buffer_span(&text), &nm_allocator_heap, out, err);
    }
    nm_buffer_clear(&text);
    return status;
}

/* Load the first of the files that is there; *out_i is its index, or the number of paths. */
static nm_status
load_first(const nm_alias_paths *paths, bool is_named, nm_alias_table **out_table, size_t *out_i,
           nm_error *err)
{
    for (size_t i = 0; i < paths->count; i++) {
        const char *path = paths->paths[i];
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd >= 0) {
            nm_status status = load_fd(fd, path, out_table, err);
            (void)close(fd); /* Was only read. */
            *out_i = i;
            return status;
        }
        int open_errno = errno;
        if (!is_missing(path, open_errno, is_named)) {
            return nm_error_set_system(err, open_errno, "cannot open %s", path);
        }
    }
    *out_i = paths->count;
    return NM_OK;
}

nm_status
nm_alias_file_load(nm_alias_kind kind, nm_alias_table **out, char **out_path, nm_error *err)
{
    nm_alias_paths paths;
    nm_alias_table *table = NULL;
    size_t found = 0;
    nm_status status = nm_alias_paths_list(kind, &paths, err);
    if (status != NM_OK) {
        return status;
    }
    bool is_named = getenv(alias_files[kind].variable) != NULL;
    status = load_first(&paths, is_named, &table, &found, err);
    if (status == NM_OK) {
        *out = table;
        if (out_path != NULL) {
            *out_path = NULL;
            if (found < paths.count) { /* Taken out of the list. */
                *out_path = paths.paths[found];
                paths.paths[found] = NULL;
            }
        }
    }
    nm_alias_paths_clear(&paths);
    return status;
}

nm_status
nm_alias_files_load(nm_alias_table **out_operators, nm_alias_table **out_groups, nm_error *err)
{
    nm_alias_table *operators = NULL;
    nm_alias_table *groups = NULL;
    nm_status status = nm_alias_file_load(NM_ALIAS_OPERATOR, &operators, /* out_path= */ NULL, err);
    if (status == NM_OK) {
        status = nm_alias_file_load(NM_ALIAS_GROUP, &groups, /* out_path= */ NULL, err);
    }
    if (status != NM_OK) {
        nm_alias_table_free(operators);
        return status;
    }
    *out_operators = operators;
    *out_groups = groups;
    return NM_OK;
}
