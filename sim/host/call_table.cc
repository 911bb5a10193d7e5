// The table of system calls: one row each, sorted by name, with the reason.
//
// A call without a row stops, is reported by name, lowers the run's grade, and passes: nothing is silently trusted.
#include <linux/futex.h>
#include <linux/tcp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fcntl.h>

#include "absl/strings/str_cat.h"
#include "sim/base/check.h"
#include "sim/host/call_text.h"
#include "sim/host/calls.h"

namespace gyre {
namespace {

constexpr CallRow Allow(int nr, const char* name, const char* reason) {
  return {nr, name, CallRule::kAllow, nullptr, 0, 0, ArgTest::kNone, 0, false, reason};
}
constexpr CallRow Trap(int nr, const char* name, CallHandler handler, const char* reason) {
  return {nr, name, CallRule::kTrap, handler, 0, 0, ArgTest::kNone, 0, true, reason};
}
// Handled, but no part of the call digest: clock reads and what the fast path may leave out.
constexpr CallRow TrapUndigested(int nr, const char* name, CallHandler handler, const char* reason) {
  return {nr, name, CallRule::kTrap, handler, 0, 0, ArgTest::kNone, 0, false, reason};
}
constexpr CallRow TrapIf(int nr, const char* name, uint8_t arg, ArgTest test, uint32_t operand, CallHandler handler,
                         const char* reason) {
  return {nr, name, CallRule::kTrapArg, handler, 0, arg, test, operand, true, reason};
}
// Allowed, and handled where ids are made up (made_ids.h). No part of the call digest: it is the same in both cases.
constexpr CallRow TakesIds(int nr, const char* name, CallHandler handler) {
  return {nr, name, CallRule::kAllow, handler, 0, 0, ArgTest::kNone, 0, false, "ids within the node"};
}
constexpr CallRow TakesIdsIf(int nr, const char* name, uint8_t arg, uint32_t operand, CallHandler handler) {
  return {nr, name, CallRule::kAllow, handler, 0, arg, ArgTest::kEqual, operand, false, "ids within the node"};
}
constexpr CallRow Refuse(int nr, const char* name, int error, const char* reason) {
  return {nr, name, CallRule::kRefuse, nullptr, error, 0, ArgTest::kNone, 0, false, reason};
}

constexpr char kClock[] = "virtual time";
constexpr char kConstant[] = "a constant: one processor, a fixed machine";
constexpr char kProcessor[] = "time of the processor is free: the limit is kept, and never met";
constexpr char kMayBlock[] = "may block: held until it cannot";
constexpr char kMeasured[] = "an option that tells of the kernel's clock or counts";
constexpr char kFiles[] = "does not block; sees only private or read-only files";
constexpr char kOwn[] = "concerns only the node itself";
constexpr char kPrivilege[] = "would leave the node's surroundings: refused, and told";
constexpr char kSignals[] = "a signal within the node";
constexpr char kFamily[] = "leads out of the node, or tells the kernel's chance and clock";
constexpr char kAsync[] = "signals that the kernel sends by itself";
constexpr char kTimer[] = "fires at a virtual deadline";
constexpr char kBirth[] = "a new thread or process, counted";
constexpr char kNoSuch[] = "as a kernel without it: programs fall back";
constexpr char kTells[] = "tells numbers and times of files: the node's own";
constexpr char kOpens[] = "virtual content of /proc and /dev; the manifest";

#define ALLOW(name, reason) Allow(SYS_##name, #name, reason)
#define TRAP(name, handler, reason) Trap(SYS_##name, #name, handler, reason)
#define UNDIGESTED(name, handler, reason) TrapUndigested(SYS_##name, #name, handler, reason)
#define IDS(name) TakesIds(SYS_##name, #name, OnIds)
#define FORBID(name) Trap(SYS_##name, #name, OnForbidden, kPrivilege)
#define REFUSE(name, error, reason) Refuse(SYS_##name, #name, error, reason)

constexpr CallRow kCalls[] = {
    REFUSE(_sysctl, ENOSYS, kNoSuch),
    TRAP(accept, OnAccept, kMayBlock),
    TRAP(accept4, OnAccept, kMayBlock),
    IDS(access),
    FORBID(acct),
    FORBID(add_key),
    FORBID(adjtimex),
    REFUSE(afs_syscall, ENOSYS, kNoSuch),
    TRAP(alarm, OnAlarm, kTimer),
    ALLOW(arch_prctl, kOwn),
    TRAP(bind, OnBind, "only within the node"),
    FORBID(bpf),
    ALLOW(brk, kOwn),
    ALLOW(capget, kOwn),
    ALLOW(capset, kOwn),
    IDS(chdir),
    ALLOW(chmod, kFiles),
    ALLOW(chown, kFiles),
    FORBID(chroot),
    FORBID(clock_adjtime),
    UNDIGESTED(clock_getres, OnClockGetres, kClock),
    UNDIGESTED(clock_gettime, OnClockGettime, kClock),
    TRAP(clock_nanosleep, OnClockNanosleep, kMayBlock),
    FORBID(clock_settime),
    TRAP(clone, OnClone, kBirth),
    TRAP(clone3, OnClone, kBirth),
    TrapIf(SYS_close, "close", 0, ArgTest::kAtMost, 2, OnClose, "stdin, stdout or stderr moves"),
    ALLOW(close_range, kOwn),
    TRAP(connect, OnConnect, "only within the node"),
    ALLOW(copy_file_range, kFiles),
    TRAP(creat, OnOpen, kOpens),
    REFUSE(create_module, ENOSYS, kNoSuch),
    FORBID(delete_module),
    ALLOW(dup, kOwn),
    TrapIf(SYS_dup2, "dup2", 1, ArgTest::kAtMost, 2, OnDup, "stdin, stdout or stderr moves"),
    TrapIf(SYS_dup3, "dup3", 1, ArgTest::kAtMost, 2, OnDup, "stdin, stdout or stderr moves"),
    ALLOW(epoll_create, kOwn),
    ALLOW(epoll_create1, kOwn),
    TRAP(epoll_ctl, OnEpollCtl, "polls stdin, perhaps"),
    REFUSE(epoll_ctl_old, ENOSYS, kNoSuch),
    TRAP(epoll_pwait, OnEpollWait, kMayBlock),
    TRAP(epoll_pwait2, OnEpollWait, kMayBlock),
    TRAP(epoll_wait, OnEpollWait, kMayBlock),
    REFUSE(epoll_wait_old, ENOSYS, kNoSuch),
    ALLOW(eventfd, kOwn),
    ALLOW(eventfd2, kOwn),
    TRAP(execve, OnExecve, "a new program"),
    TRAP(execveat, OnExecve, "a new program"),
    TRAP(exit, OnExit, "death, and what it wakes"),
    TRAP(exit_group, OnExit, "death, and what it wakes"),
    IDS(faccessat),
    IDS(faccessat2),
    ALLOW(fadvise64, kFiles),
    ALLOW(fallocate, kFiles),
    FORBID(fanotify_init),
    FORBID(fanotify_mark),
    ALLOW(fchdir, kFiles),
    ALLOW(fchmod, kFiles),
    ALLOW(fchmodat, kFiles),
    ALLOW(fchown, kFiles),
    ALLOW(fchownat, kFiles),
    TrapIf(SYS_fcntl, "fcntl", 1, ArgTest::kEqual, F_SETFL, OnFcntl, "non-blocking stdin; O_ASYNC"),
    TrapIf(SYS_fcntl, "fcntl", 1, ArgTest::kEqual, F_SETLKW, OnFcntl, kMayBlock),
    TrapIf(SYS_fcntl, "fcntl", 1, ArgTest::kEqual, F_OFD_SETLKW, OnFcntl, kMayBlock),
    TrapIf(SYS_fcntl, "fcntl", 1, ArgTest::kEqual, F_SETLEASE, OnFcntl, "the kernel's clock would break it"),
    TrapIf(SYS_fcntl, "fcntl", 1, ArgTest::kEqual, F_NOTIFY, OnFcntl, "as a kernel without it: inotify does that"),
    TakesIdsIf(SYS_fcntl, "fcntl", 1, F_GETLK, OnFcntl),
    TakesIdsIf(SYS_fcntl, "fcntl", 1, F_OFD_GETLK, OnFcntl),
    TrapIf(SYS_fcntl, "fcntl", 1, ArgTest::kEqual, F_SETOWN, OnFcntl, kAsync),
    TakesIdsIf(SYS_fcntl, "fcntl", 1, F_GETOWN, OnFcntl),
    TrapIf(SYS_fcntl, "fcntl", 1, ArgTest::kEqual, F_SETOWN_EX, OnFcntl, kAsync),
    TakesIdsIf(SYS_fcntl, "fcntl", 1, F_GETOWN_EX, OnFcntl),
    ALLOW(fdatasync, kFiles),
    ALLOW(fgetxattr, kFiles),
    FORBID(finit_module),
    ALLOW(flistxattr, kFiles),
    TRAP(flock, OnFlock, kMayBlock),
    TRAP(fork, OnClone, kBirth),
    ALLOW(fremovexattr, kFiles),
    FORBID(fsconfig),
    ALLOW(fsetxattr, kFiles),
    FORBID(fsmount),
    FORBID(fsopen),
    FORBID(fspick),
    TRAP(fstat, OnStat, kTells),
    TRAP(fstatfs, OnStatfs, kTells),
    ALLOW(fsync, kFiles),
    ALLOW(ftruncate, kFiles),
    TRAP(futex, OnFutex, kMayBlock),
    TRAP(futimesat, OnUtime, kTells),
    REFUSE(get_kernel_syms, ENOSYS, kNoSuch),
    ALLOW(get_mempolicy, kOwn),
    IDS(get_robust_list),
    ALLOW(get_thread_area, kOwn),
    UNDIGESTED(getcpu, OnGetcpu, kConstant),
    ALLOW(getcwd, kFiles),
    REFUSE(getdents, ENOSYS, "getdents64 is what programs use"),
    TRAP(getdents64, OnGetdents, kTells),
    ALLOW(getegid, kOwn),
    ALLOW(geteuid, kOwn),
    ALLOW(getgid, kOwn),
    ALLOW(getgroups, kOwn),
    TRAP(getitimer, OnGetitimer, kTimer),
    ALLOW(getpeername, kOwn),
    IDS(getpgid),
    IDS(getpgrp),
    TakesIds(SYS_getpid, "getpid", OnOwnId),
    REFUSE(getpmsg, ENOSYS, kNoSuch),
    TakesIds(SYS_getppid, "getppid", OnOwnId),
    IDS(getpriority),
    TRAP(getrandom, OnGetrandom, "keyed bytes"),
    ALLOW(getresgid, kOwn),
    ALLOW(getresuid, kOwn),
    TrapIf(SYS_getrlimit, "getrlimit", 0, ArgTest::kEqual, RLIMIT_CPU, OnProcessorLimit, kProcessor),
    TRAP(getrusage, OnGetrusage, kConstant),
    IDS(getsid),
    ALLOW(getsockname, kOwn),
    TakesIdsIf(SYS_getsockopt, "getsockopt", 2, SO_PEERCRED, OnIds),
    TrapIf(SYS_getsockopt, "getsockopt", 2, ArgTest::kEqual, SO_COOKIE, OnGetsockopt, kMeasured),
    TrapIf(SYS_getsockopt, "getsockopt", 2, ArgTest::kEqual, SO_INCOMING_CPU, OnGetsockopt, kMeasured),
    TrapIf(SYS_getsockopt, "getsockopt", 2, ArgTest::kEqual, SO_NETNS_COOKIE, OnGetsockopt, kMeasured),
    TrapIf(SYS_getsockopt, "getsockopt", 2, ArgTest::kEqual, TCP_CC_INFO, OnGetsockopt, kMeasured),
    TrapIf(SYS_getsockopt, "getsockopt", 2, ArgTest::kEqual, TCP_INFO, OnGetsockopt, kMeasured),
    TrapIf(SYS_getsockopt, "getsockopt", 2, ArgTest::kEqual, TCP_TIMESTAMP, OnGetsockopt, kMeasured),
    TakesIds(SYS_gettid, "gettid", OnOwnId),
    UNDIGESTED(gettimeofday, OnGettimeofday, kClock),
    ALLOW(getuid, kOwn),
    ALLOW(getxattr, kFiles),
    FORBID(init_module),
    ALLOW(inotify_add_watch, kOwn),
    TRAP(inotify_init, OnInotify, "tells its descriptor apart: cookies of its events are the machine's"),
    TRAP(inotify_init1, OnInotify, "tells its descriptor apart: cookies of its events are the machine's"),
    ALLOW(inotify_rm_watch, kOwn),
    REFUSE(io_cancel, ENOSYS, kNoSuch),
    REFUSE(io_destroy, ENOSYS, kNoSuch),
    REFUSE(io_getevents, ENOSYS, kNoSuch),
    REFUSE(io_pgetevents, ENOSYS, kNoSuch),
    REFUSE(io_setup, ENOSYS, kNoSuch),
    REFUSE(io_submit, ENOSYS, kNoSuch),
    REFUSE(io_uring_enter, ENOSYS, kNoSuch),
    REFUSE(io_uring_register, ENOSYS, kNoSuch),
    REFUSE(io_uring_setup, ENOSYS, kNoSuch),
    TRAP(ioctl, OnIoctl, "asks stdin for its size, perhaps"),
    FORBID(ioperm),
    FORBID(iopl),
    IDS(ioprio_get),
    IDS(ioprio_set),
    FORBID(kcmp),
    FORBID(kexec_file_load),
    FORBID(kexec_load),
    FORBID(keyctl),
    TRAP(kill, OnKill, kSignals),
    ALLOW(landlock_add_rule, kOwn),
    ALLOW(landlock_create_ruleset, kOwn),
    ALLOW(landlock_restrict_self, kOwn),
    ALLOW(lchown, kFiles),
    ALLOW(lgetxattr, kFiles),
    ALLOW(link, kFiles),
    ALLOW(linkat, kFiles),
    TRAP(listen, OnListen, "a port of the node's own counting; no connect waits"),
    ALLOW(listxattr, kFiles),
    ALLOW(llistxattr, kFiles),
    FORBID(lookup_dcookie),
    ALLOW(lremovexattr, kFiles),
    ALLOW(lseek, kFiles),
    ALLOW(lsetxattr, kFiles),
    TRAP(lstat, OnStat, kTells),
    ALLOW(madvise, kOwn),
    ALLOW(mbind, kOwn),
    ALLOW(membarrier, kOwn),
    ALLOW(memfd_create, kOwn),
    REFUSE(memfd_secret, ENOSYS, kNoSuch),
    FORBID(migrate_pages),
    UNDIGESTED(mincore, OnMincore, "all pages are in memory"),
    ALLOW(mkdir, kFiles),
    ALLOW(mkdirat, kFiles),
    TrapIf(SYS_mknod, "mknod", 1, ArgTest::kHasBits, 0x2000, OnRefuse, "pipes and files, but no devices"),
    TrapIf(SYS_mknodat, "mknodat", 2, ArgTest::kHasBits, 0x2000, OnRefuse, "pipes and files, but no devices"),
    ALLOW(mlock, kOwn),
    ALLOW(mlock2, kOwn),
    ALLOW(mlockall, kOwn),
    TrapIf(SYS_mmap, "mmap", 2, ArgTest::kHasBits, PROT_EXEC, OnMmap, "new code, searched for instructions"),
    TrapIf(SYS_mmap, "mmap", 3, ArgTest::kHasBits, MAP_SHARED, OnMmap, "memory that futexes may share"),
    REFUSE(modify_ldt, ENOSYS, kNoSuch),
    FORBID(mount),
    FORBID(mount_setattr),
    FORBID(move_mount),
    FORBID(move_pages),
    TrapIf(SYS_mprotect, "mprotect", 2, ArgTest::kHasBits, PROT_EXEC, OnMprotect, "new code"),
    REFUSE(mq_getsetattr, ENOSYS, kNoSuch),
    REFUSE(mq_notify, ENOSYS, kNoSuch),
    REFUSE(mq_open, ENOSYS, kNoSuch),
    REFUSE(mq_timedreceive, ENOSYS, kNoSuch),
    REFUSE(mq_timedsend, ENOSYS, kNoSuch),
    REFUSE(mq_unlink, ENOSYS, kNoSuch),
    ALLOW(mremap, kOwn),
    REFUSE(msgctl, ENOSYS, kNoSuch),
    REFUSE(msgget, ENOSYS, kNoSuch),
    REFUSE(msgrcv, ENOSYS, kNoSuch),
    REFUSE(msgsnd, ENOSYS, kNoSuch),
    ALLOW(msync, kOwn),
    ALLOW(munlock, kOwn),
    ALLOW(munlockall, kOwn),
    ALLOW(munmap, kOwn),
    FORBID(name_to_handle_at),
    TRAP(nanosleep, OnNanosleep, kMayBlock),
    TRAP(newfstatat, OnStat, kTells),
    FORBID(nfsservctl),
    TRAP(open, OnOpen, kOpens),
    FORBID(open_by_handle_at),
    FORBID(open_tree),
    TRAP(openat, OnOpen, kOpens),
    TRAP(openat2, OnOpen, kOpens),
    TRAP(pause, OnPause, kMayBlock),
    REFUSE(perf_event_open, ENOSYS, kNoSuch),
    FORBID(personality),
    FORBID(pidfd_getfd),
    IDS(pidfd_open),
    TRAP(pidfd_send_signal, OnPidfdSendSignal, kSignals),
    ALLOW(pipe, kOwn),
    ALLOW(pipe2, kOwn),
    FORBID(pivot_root),
    ALLOW(pkey_alloc, kOwn),
    ALLOW(pkey_free, kOwn),
    TrapIf(SYS_pkey_mprotect, "pkey_mprotect", 2, ArgTest::kHasBits, PROT_EXEC, OnMprotect, "new code"),
    TRAP(poll, OnPoll, kMayBlock),
    TRAP(ppoll, OnPoll, kMayBlock),
    TrapIf(SYS_prctl, "prctl", 0, ArgTest::kEqual, PR_SET_CHILD_SUBREAPER, OnPrctl, "whose its orphans are"),
    TrapIf(SYS_prctl, "prctl", 0, ArgTest::kEqual, PR_GET_TSC, OnPrctl, "its counter of time faults or does not"),
    TrapIf(SYS_prctl, "prctl", 0, ArgTest::kEqual, PR_SET_TSC, OnPrctl, "as PR_GET_TSC"),
    TrapIf(SYS_prctl, "prctl", 0, ArgTest::kEqual, PR_SET_PDEATHSIG, OnPrctl, "a signal that the kernel sends"),
    ALLOW(pread64, kFiles),
    ALLOW(preadv, kFiles),
    UNDIGESTED(preadv2, OnVectorAt, "as read where it has no offset; RWF_NOWAIT tells what is cached: not supported"),
    TrapIf(SYS_prlimit64, "prlimit64", 1, ArgTest::kEqual, RLIMIT_CPU, OnProcessorLimit, kProcessor),
    IDS(prlimit64),
    ALLOW(process_madvise, kOwn),
    FORBID(process_mrelease),
    FORBID(process_vm_readv),
    FORBID(process_vm_writev),
    TRAP(pselect6, OnSelect, kMayBlock),
    FORBID(ptrace),
    REFUSE(putpmsg, ENOSYS, kNoSuch),
    ALLOW(pwrite64, kFiles),
    ALLOW(pwritev, kFiles),
    TRAP(pwritev2, OnVectorAt, "as write where it has no offset; RWF_NOWAIT: as with preadv2"),
    REFUSE(query_module, ENOSYS, kNoSuch),
    FORBID(quotactl),
    FORBID(quotactl_fd),
    UNDIGESTED(read, OnRead, kMayBlock),
    ALLOW(readahead, kFiles),
    TRAP(readlink, OnReadlink, kTells),
    TRAP(readlinkat, OnReadlink, kTells),
    UNDIGESTED(readv, OnRead, kMayBlock),
    FORBID(reboot),
    TRAP(recvfrom, OnReceive, kMayBlock),
    TRAP(recvmmsg, OnReceive, kMayBlock),
    TRAP(recvmsg, OnReceive, kMayBlock),
    ALLOW(remap_file_pages, kOwn),
    ALLOW(removexattr, kFiles),
    ALLOW(rename, kFiles),
    ALLOW(renameat, kFiles),
    ALLOW(renameat2, kFiles),
    FORBID(request_key),
    REFUSE(restart_syscall, ENOSYS, kNoSuch),
    ALLOW(rmdir, kFiles),
    REFUSE(rseq, ENOSYS, kNoSuch),
    TrapIf(SYS_rt_sigaction, "rt_sigaction", 0, ArgTest::kEqual, SIGCHLD, OnSigaction, "news of stops, wanted or not"),
    ALLOW(rt_sigpending, kOwn),
    ALLOW(rt_sigprocmask, kOwn),
    TRAP(rt_sigqueueinfo, OnTgkill, kSignals),
    ALLOW(rt_sigreturn, kOwn),
    TRAP(rt_sigsuspend, OnSigsuspend, kMayBlock),
    TRAP(rt_sigtimedwait, OnSigtimedwait, kMayBlock),
    TRAP(rt_tgsigqueueinfo, OnTgkill, kSignals),
    ALLOW(sched_get_priority_max, kOwn),
    ALLOW(sched_get_priority_min, kOwn),
    TRAP(sched_getaffinity, OnSchedGetaffinity, kConstant),
    IDS(sched_getattr),
    IDS(sched_getparam),
    IDS(sched_getscheduler),
    IDS(sched_rr_get_interval),
    TRAP(sched_setaffinity, OnReturnZero, kConstant),
    IDS(sched_setattr),
    IDS(sched_setparam),
    IDS(sched_setscheduler),
    TRAP(sched_yield, OnSchedYield, kMayBlock),
    ALLOW(seccomp, kOwn),
    REFUSE(security, ENOSYS, kNoSuch),
    TRAP(select, OnSelect, kMayBlock),
    REFUSE(semctl, ENOSYS, kNoSuch),
    REFUSE(semget, ENOSYS, kNoSuch),
    REFUSE(semop, ENOSYS, kNoSuch),
    REFUSE(semtimedop, ENOSYS, kNoSuch),
    TRAP(sendfile, OnSplice, kMayBlock),
    TRAP(sendmmsg, OnSend, kMayBlock),
    TRAP(sendmsg, OnSend, kMayBlock),
    TRAP(sendto, OnSend, kMayBlock),
    ALLOW(set_mempolicy, kOwn),
    TRAP(set_robust_list, OnSetRobustList, "where its locks are, for its death"),
    ALLOW(set_thread_area, kOwn),
    TRAP(set_tid_address, OnSetTidAddress, "what its death wakes"),
    FORBID(setdomainname),
    ALLOW(setfsgid, kOwn),
    ALLOW(setfsuid, kOwn),
    ALLOW(setgid, kOwn),
    ALLOW(setgroups, kOwn),
    FORBID(sethostname),
    TRAP(setitimer, OnSetitimer, kTimer),
    FORBID(setns),
    IDS(setpgid),
    IDS(setpriority),
    ALLOW(setregid, kOwn),
    ALLOW(setresgid, kOwn),
    ALLOW(setresuid, kOwn),
    ALLOW(setreuid, kOwn),
    TrapIf(SYS_setrlimit, "setrlimit", 0, ArgTest::kEqual, RLIMIT_CPU, OnProcessorLimit, kProcessor),
    IDS(setsid),
    TRAP(setsockopt, OnSetsockopt, "some bring in the kernel's clock or chance"),
    FORBID(settimeofday),
    ALLOW(setuid, kOwn),
    ALLOW(setxattr, kFiles),
    TrapIf(SYS_shmat, "shmat", 2, ArgTest::kHasBits, SHM_EXEC, OnShmat, "code that others may change"),
    TrapIf(SYS_shmctl, "shmctl", 1, ArgTest::kEqual, IPC_STAT, OnShmctl, "tells times of the kernel's clock"),
    TrapIf(SYS_shmctl, "shmctl", 1, ArgTest::kEqual, SHM_STAT, OnShmctl, "tells times of the kernel's clock"),
    TrapIf(SYS_shmctl, "shmctl", 1, ArgTest::kEqual, SHM_STAT_ANY, OnShmctl, "tells times of the kernel's clock"),
    ALLOW(shmdt, kOwn),
    ALLOW(shmget, kOwn),
    TRAP(shutdown, OnShutdown, "may wake a reader"),
    ALLOW(sigaltstack, kOwn),
    TRAP(signalfd, OnSignalfd, "tells its descriptor apart: its readiness is asked of the thread"),
    TRAP(signalfd4, OnSignalfd, "tells its descriptor apart: its readiness is asked of the thread"),
    TrapIf(SYS_socket, "socket", 0, ArgTest::kEqual, AF_ALG, OnSocket, kFamily),
    TrapIf(SYS_socket, "socket", 0, ArgTest::kEqual, AF_BLUETOOTH, OnSocket, kFamily),
    TrapIf(SYS_socket, "socket", 0, ArgTest::kEqual, AF_CAN, OnSocket, kFamily),
    TrapIf(SYS_socket, "socket", 0, ArgTest::kEqual, AF_KCM, OnSocket, kFamily),
    TrapIf(SYS_socket, "socket", 0, ArgTest::kEqual, AF_NFC, OnSocket, kFamily),
    TrapIf(SYS_socket, "socket", 0, ArgTest::kEqual, AF_PACKET, OnSocket, kFamily),
    TrapIf(SYS_socket, "socket", 0, ArgTest::kEqual, AF_QIPCRTR, OnSocket, kFamily),
    TrapIf(SYS_socket, "socket", 0, ArgTest::kEqual, AF_RDS, OnSocket, kFamily),
    TrapIf(SYS_socket, "socket", 0, ArgTest::kEqual, AF_SMC, OnSocket, kFamily),
    TrapIf(SYS_socket, "socket", 0, ArgTest::kEqual, AF_TIPC, OnSocket, kFamily),
    TrapIf(SYS_socket, "socket", 0, ArgTest::kEqual, AF_VSOCK, OnSocket, kFamily),
    TrapIf(SYS_socket, "socket", 0, ArgTest::kEqual, AF_XDP, OnSocket, kFamily),
    ALLOW(socketpair, kOwn),
    TRAP(splice, OnSplice, kMayBlock),
    TRAP(stat, OnStat, kTells),
    TRAP(statfs, OnStatfs, kTells),
    TRAP(statx, OnStat, kTells),
    FORBID(swapoff),
    FORBID(swapon),
    ALLOW(symlink, kFiles),
    ALLOW(symlinkat, kFiles),
    ALLOW(sync, kFiles),
    ALLOW(sync_file_range, kFiles),
    ALLOW(syncfs, kFiles),
    REFUSE(sysfs, ENOSYS, kNoSuch),
    TRAP(sysinfo, OnSysinfo, kConstant),
    FORBID(syslog),
    TRAP(tee, OnSplice, kMayBlock),
    TRAP(tgkill, OnTgkill, kSignals),
    UNDIGESTED(time, OnTime, kClock),
    TRAP(timer_create, OnTimerCreate, kTimer),
    TRAP(timer_delete, OnTimerDelete, kTimer),
    TRAP(timer_getoverrun, OnTimerGetoverrun, kTimer),
    TRAP(timer_gettime, OnTimerGettime, kTimer),
    TRAP(timer_settime, OnTimerSettime, kTimer),
    TRAP(timerfd_create, OnTimerfdCreate, kTimer),
    TRAP(timerfd_gettime, OnTimerfdGettime, kTimer),
    TRAP(timerfd_settime, OnTimerfdSettime, kTimer),
    UNDIGESTED(times, OnTimes, kClock),
    TRAP(tkill, OnTgkill, kSignals),
    ALLOW(truncate, kFiles),
    REFUSE(tuxcall, ENOSYS, kNoSuch),
    ALLOW(umask, kFiles),
    FORBID(umount2),
    ALLOW(uname, kOwn),
    ALLOW(unlink, kFiles),
    ALLOW(unlinkat, kFiles),
    FORBID(unshare),
    REFUSE(uselib, ENOSYS, kNoSuch),
    FORBID(userfaultfd),
    REFUSE(ustat, ENOSYS, kNoSuch),
    TRAP(utime, OnUtime, kTells),
    TRAP(utimensat, OnUtime, kTells),
    TRAP(utimes, OnUtime, kTells),
    TRAP(vfork, OnClone, kBirth),
    FORBID(vhangup),
    TRAP(vmsplice, OnSplice, kMayBlock),
    REFUSE(vserver, ENOSYS, kNoSuch),
    TRAP(wait4, OnWait, kMayBlock),
    TRAP(waitid, OnWait, kMayBlock),
    TrapIf(SYS_write, "write", 0, ArgTest::kNotEqual, 1, OnWrite, "stdout is a pipe that is drained; others may block"),
    TrapIf(SYS_writev, "writev", 0, ArgTest::kNotEqual, 1, OnWrite, "as write"),
#ifdef SYS_futex_waitv
    TRAP(futex_waitv, OnFutexWaitv, kMayBlock),
#endif
};

}  // namespace

absl::Span<const CallRow> CallRows() { return kCalls; }

bool Passes(const CallRow& row, const uint64_t* args) {
  const uint32_t value = static_cast<uint32_t>(args[row.arg]);
  switch (row.test) {
    case ArgTest::kEqual:
      return value == row.operand;
    case ArgTest::kNotEqual:
      return value != row.operand;
    case ArgTest::kAtMost:
      return value <= row.operand;
    case ArgTest::kHasBits:
      return (value & row.operand) != 0;
    case ArgTest::kNone:
      return true;
  }
  CHECK(false);
}

const CallRow* FindCall(uint64_t nr) {
  // The first row of each number; several rows of one call share a handler.
  static const std::vector<const CallRow*> by_number = [] {
    std::vector<const CallRow*> rows(kCallLimit, nullptr);
    for (const CallRow& row : kCalls) {
      CHECK(row.nr >= 0 && row.nr < kCallLimit);
      if (rows[row.nr] == nullptr) rows[row.nr] = &row;
    }
    return rows;
  }();
  return nr < by_number.size() ? by_number[nr] : nullptr;
}

const CallRow* FindCall(uint64_t nr, const uint64_t* args) {
  const CallRow* first = FindCall(nr);
  for (const CallRow* row = first; row != nullptr && row != std::end(kCalls) && row->nr == first->nr; ++row) {
    if (Passes(*row, args)) return row;
  }
  return first;
}

Call CallOf(NodeState& node, Thread& thread) {
  const user_regs_struct& regs = thread.regs;
  return {node, thread, regs.orig_rax, {regs.rdi, regs.rsi, regs.rdx, regs.r10, regs.r8, regs.r9}};
}

std::string DescribeCall(const LoggedCall& call) {
  if (call.call >= kSignalCall) return absl::StrCat("signal ", SignalName(static_cast<int>(call.call - kSignalCall)));
  const auto kind = static_cast<Outcome::Kind>(call.outcome >> 56);
  const std::string name = CallName(call.call);
  switch (kind) {
    case Outcome::Kind::kHold:
      return absl::StrCat(name, ", which waits");
    case Outcome::Kind::kPass:
    case Outcome::Kind::kPassToExit:
    case Outcome::Kind::kYieldPass:
      return absl::StrCat(name, ", made by the kernel");
    default:
      break;
  }
  // A value below zero has changed the byte of the kind.
  constexpr int kValueBits = 56;
  return absl::StrCat(name, ", answered with ", static_cast<int64_t>(call.outcome << 8) >> (64 - kValueBits));
}

}  // namespace gyre
