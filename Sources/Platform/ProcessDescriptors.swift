import Glibc

/// The descriptors of this process, all together.
public enum ProcessDescriptors {
    /// Raises the soft limit, which `ulimit -n` shows, to the hard one; this needs no privilege.
    ///
    /// - Returns: how many descriptors may be open from now on.
    public static func raiseLimit() throws(SystemError) -> Int {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        // SAFETY: the kernel fills the local structure, and reads it back below.
        guard unsafe getrlimit(resource, &limit) == 0 else { throw SystemError("getrlimit") }
        limit.rlim_cur = limit.rlim_max
        guard unsafe setrlimit(resource, &limit) == 0 else { throw SystemError("setrlimit") }
        return Int(clamping: limit.rlim_max)
    }

    /// How many are open; nil where the kernel does not say (before Linux 6.2), short of listing them all.
    public static var openCount: Int? {
        var status = stat()
        // SAFETY: the kernel fills the local structure.
        guard unsafe stat("/proc/self/fd", &status) == 0, status.st_size > 0 else { return nil }
        return Int(status.st_size)
    }
}
