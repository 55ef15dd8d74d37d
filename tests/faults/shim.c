// Runs a program and lets one of its system calls on files below a folder fail, or the machine end there.
//
//   shim ROOT LOG KIND ACTION N STORE COMMAND…
//
// KIND is write, fsync, open, rename, unlink, mkdir, link, or any. ACTION is `none` (only count), an error (ENOSPC, EIO,
// EACCES), `kill` (the process dies before the call), or a power loss before the call: `cut` (names and contents as of the
// last fsync of folder and file) or `cut-contents` (contents as of the last fsync, names as they are). What a power loss
// leaves is built in STORE/after. LOG becomes one line of JSON: calls by kind, and what was hit.
//
// The program is watched with seccomp's user notification: each call waits until it is judged here, so calls of all
// threads are counted as one sequence, and the state at an fsync is exactly the state that becomes durable.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum kind { WRITE, FSYNC, OPEN, RENAME, UNLINK, MKDIR, LINK, KINDS };
static const char *const NAMES[KINDS] = {"write", "fsync", "open", "rename", "unlink", "mkdir", "link"};

// A watched call; its file is a descriptor (`dir` is -1) or a path relative to the folder in argument `dir` (-2: to where
// the process is).
struct watched {
    long number;
    enum kind kind;
    int dir, path;
};

static const struct watched WATCHED[] = {
    {SYS_write, WRITE, -1, 0},           {SYS_pwrite64, WRITE, -1, 0},
    {SYS_writev, WRITE, -1, 0},          {SYS_pwritev, WRITE, -1, 0},
    {SYS_pwritev2, WRITE, -1, 0},        {SYS_copy_file_range, WRITE, -1, 2},
    {SYS_sendfile, WRITE, -1, 0},        {SYS_ftruncate, WRITE, -1, 0},
    {SYS_fallocate, WRITE, -1, 0},       {SYS_fsync, FSYNC, -1, 0},
    {SYS_fdatasync, FSYNC, -1, 0},       {SYS_openat, OPEN, 0, 1},
    {SYS_openat2, OPEN, 0, 1},           {SYS_renameat2, RENAME, 2, 3},
    {SYS_unlinkat, UNLINK, 0, 1},        {SYS_mkdirat, MKDIR, 0, 1},
    {SYS_linkat, LINK, 2, 3},            {SYS_symlinkat, LINK, 1, 2},
#ifdef SYS_renameat
    {SYS_renameat, RENAME, 2, 3},
#endif
#ifdef SYS_open
    {SYS_open, OPEN, -2, 0},             {SYS_creat, OPEN, -2, 0},
    {SYS_rename, RENAME, -2, 1},         {SYS_unlink, UNLINK, -2, 0},
    {SYS_rmdir, UNLINK, -2, 0},          {SYS_mkdir, MKDIR, -2, 0},
    {SYS_link, LINK, -2, 1},             {SYS_symlink, LINK, -2, 1},
#endif
};
#define MANY (sizeof WATCHED / sizeof *WATCHED)

static void die(const char *what) {
    perror(what);
    exit(125);
}

static char *joined(const char *one, const char *other) {
    char *both;
    if (asprintf(&both, "%s/%s", one, other) < 0) die("asprintf");
    return both;
}

// ---- what is durable ----

struct entry {
    char *name;
    ino_t inode;
};

// A file or folder as it would be found after a power loss. Its inode is held open, so that its number is not given away.
struct durable {
    ino_t inode;
    int held, is_folder, known;
    struct entry *entries;
    size_t count;
};

static struct durable *all;
static size_t many, room;
static const char *root, *store;
static int tracking;

static struct durable *of(ino_t inode, const char *path) {
    for (size_t i = 0; i < many; i++)
        if (all[i].inode == inode) return &all[i];
    if (many == room) all = realloc(all, (room = room * 2 + 64) * sizeof *all);
    struct stat status;
    int held = open(path, O_PATH | O_CLOEXEC);
    if (held < 0 || fstat(held, &status)) return NULL;
    all[many] = (struct durable){.inode = inode, .held = held, .is_folder = S_ISDIR(status.st_mode)};
    return &all[many++];
}

static void copy(const char *from, const char *to) {
    char buffer[1 << 16];
    ssize_t length;
    int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (in < 0 || out < 0) die(from);
    while ((length = read(in, buffer, sizeof buffer)) > 0)
        if (write(out, buffer, length) != length) die(to);
    close(in);
    close(out);
}

static char *content(ino_t inode) {
    char name[32];
    snprintf(name, sizeof name, "inode-%lu", (unsigned long)inode);
    return joined(store, name);
}

// What an fsync makes durable: the content of a file, or the names in a folder.
static void snapshot(const char *path) {
    struct stat status;
    if (stat(path, &status)) return;
    struct durable *one = of(status.st_ino, path);
    if (!one) return;
    one->known = 1;
    if (!one->is_folder) {
        char *to = content(one->inode);
        copy(path, to);
        free(to);
        return;
    }
    struct entry *entries = NULL;
    size_t count = 0;
    DIR *folder = opendir(path);
    for (struct dirent *found; folder && (found = readdir(folder));) {
        if (!strcmp(found->d_name, ".") || !strcmp(found->d_name, "..")) continue;
        char *inner = joined(path, found->d_name);
        if (of(found->d_ino, inner)) {
            entries = realloc(entries, (count + 1) * sizeof *entries);
            entries[count++] = (struct entry){strdup(found->d_name), found->d_ino};
        }
        free(inner);
    }
    if (folder) closedir(folder);
    one = of(status.st_ino, path); // the table may have moved
    one->entries = entries;
    one->count = count;
}

// At the beginning all is durable.
static void snapshot_all(const char *path) {
    snapshot(path);
    DIR *folder = opendir(path);
    if (!folder) return;
    for (struct dirent *found; (found = readdir(folder));) {
        if (!strcmp(found->d_name, ".") || !strcmp(found->d_name, "..")) continue;
        char *inner = joined(path, found->d_name);
        if (found->d_type == DT_DIR) snapshot_all(inner);
        else if (found->d_type == DT_REG) snapshot(inner);
        free(inner);
    }
    closedir(folder);
}

static void put(ino_t inode, const char *to) {
    char *from = content(inode);
    if (!access(from, F_OK)) copy(from, to);
    else close(open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    free(from);
}

static void build(ino_t inode, const char *to) {
    struct durable *one = of(inode, "");
    if (!one) return;
    if (!one->is_folder) {
        put(inode, to);
        return;
    }
    mkdir(to, 0700);
    for (size_t i = 0; i < one->count; i++) {
        char *inner = joined(to, one->entries[i].name);
        build(one->entries[i].inode, inner);
        free(inner);
    }
}

static void build_with_names(const char *path, const char *to) {
    struct stat status;
    if (lstat(path, &status)) return;
    if (S_ISREG(status.st_mode)) put(status.st_ino, to);
    if (!S_ISDIR(status.st_mode)) return;
    mkdir(to, 0700);
    DIR *folder = opendir(path);
    for (struct dirent *found; folder && (found = readdir(folder));) {
        if (!strcmp(found->d_name, ".") || !strcmp(found->d_name, "..")) continue;
        char *from = joined(path, found->d_name), *inner = joined(to, found->d_name);
        build_with_names(from, inner);
        free(from);
        free(inner);
    }
    if (folder) closedir(folder);
}

// ---- watching ----

static int start(char **command, pid_t *child) {
    struct sock_filter code[2 * MANY + 4];
    size_t length = 0;
    code[length++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < MANY; i++) {
        code[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, WATCHED[i].number, 0, 1);
        code[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
    }
    code[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {length, code};
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) die("socketpair");
    if ((*child = fork()) < 0) die("fork");
    char byte = 0, room_for_one[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec one = {&byte, 1};
    struct msghdr message = {.msg_iov = &one, .msg_iovlen = 1, .msg_control = room_for_one,
                             .msg_controllen = sizeof room_for_one};
    if (*child == 0) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) die("prctl");
        int listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
        if (listener < 0) die("seccomp");
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        *header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(header), &listener, sizeof(int));
        if (sendmsg(pair[1], &message, 0) < 0) die("sendmsg");
        close(listener);
        execvp(command[0], command);
        die(command[0]);
    }
    int listener;
    if (recvmsg(pair[0], &message, MSG_CMSG_CLOEXEC) < 0) die("recvmsg");
    memcpy(&listener, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
    return listener;
}

// The file that a call is about.
static int file_of(const struct seccomp_notif *call, const struct watched *watched, char path[PATH_MAX * 2]) {
    char link[64], text[PATH_MAX] = {0}, base[PATH_MAX] = {0};
    if (watched->dir == -1) {
        snprintf(link, sizeof link, "/proc/%d/fd/%d", call->pid, (int)call->data.args[watched->path]);
        return readlink(link, path, PATH_MAX - 1) > 0;
    }
    snprintf(link, sizeof link, "/proc/%d/mem", call->pid);
    int memory = open(link, O_RDONLY | O_CLOEXEC);
    // A text may end at the end of what is mapped, so it is read in small pieces.
    for (size_t at = 0; at < sizeof text - 1; at += 16) {
        ssize_t got = pread(memory, text + at, 16, (off_t)call->data.args[watched->path] + (off_t)at);
        if (got <= 0 || memchr(text + at, 0, got)) break;
    }
    close(memory);
    if (text[0] == '/') return snprintf(path, PATH_MAX * 2, "%s", text) > 0;
    int dir = watched->dir == -2 ? AT_FDCWD : (int)call->data.args[watched->dir];
    if (dir == AT_FDCWD) snprintf(link, sizeof link, "/proc/%d/cwd", call->pid);
    else snprintf(link, sizeof link, "/proc/%d/fd/%d", call->pid, dir);
    if (readlink(link, base, sizeof base - 1) <= 0) return 0;
    return snprintf(path, PATH_MAX * 2, "%s/%s", base, text) > 0;
}

int main(int count, char **words) {
    if (count < 8) return fprintf(stderr, "shim ROOT LOG KIND ACTION N STORE COMMAND…\n"), 2;
    root = words[1];
    const char *wanted = words[3], *action = words[4];
    long at = atol(words[5]), calls[KINDS] = {0}, all_calls = 0;
    store = words[6];
    int cut = !strncmp(action, "cut", 3), died = 0;
    int error = !strcmp(action, "ENOSPC") ? ENOSPC : !strcmp(action, "EIO") ? EIO : !strcmp(action, "EACCES") ? EACCES : 0;
    char hit[PATH_MAX * 2 + 32] = "";
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if ((tracking = cut)) snapshot_all(root);
    pid_t child;
    int listener = start(words + 7, &child), status = 0;
    for (;;) {
        struct pollfd ready = {.fd = listener, .events = POLLIN};
        if (poll(&ready, 1, -1) < 0 || !(ready.revents & POLLIN)) break;
        struct seccomp_notif call = {0};
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call)) continue;
        struct seccomp_notif_resp answer = {.id = call.id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
        const struct watched *watched = WATCHED;
        while (watched->number != call.data.nr) watched++;
        char path[PATH_MAX * 2] = {0};
        if (file_of(&call, watched, path) && !strncmp(path, root, strlen(root)) && path[strlen(root)] == '/') {
            calls[watched->kind]++;
            all_calls++;
            int any = !strcmp(wanted, "any");
            if ((any ? all_calls : calls[watched->kind]) == at && (any || !strcmp(wanted, NAMES[watched->kind])) &&
                strcmp(action, "none")) {
                snprintf(hit, sizeof hit, "%s %s", NAMES[watched->kind], path + strlen(root) + 1);
                if (!error) {
                    kill(child, SIGKILL);
                    died = 1;
                    break;
                }
                answer.flags = 0;
                answer.error = -error;
            } else if (tracking && watched->kind == FSYNC) {
                char link[64];
                snprintf(link, sizeof link, "/proc/%d/fd/%d", call.pid, (int)call.data.args[0]);
                snapshot(link);
            }
        } else if (tracking && watched->kind == FSYNC && !strcmp(path, root)) {
            snapshot(root);
        }
        ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
    }
    close(listener);
    waitpid(child, &status, 0);
    if (died && cut) {
        struct stat top;
        stat(root, &top);
        char *after = joined(store, "after");
        if (!strcmp(action, "cut")) build(top.st_ino, after);
        else build_with_names(root, after);
    }
    FILE *log = fopen(words[2], "w");
    fprintf(log, "{");
    for (int i = 0; i < KINDS; i++) fprintf(log, "\"%s\": %ld, ", NAMES[i], calls[i]);
    fprintf(log, "\"any\": %ld, \"hit\": \"%s\"}\n", all_calls, hit);
    fclose(log);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
