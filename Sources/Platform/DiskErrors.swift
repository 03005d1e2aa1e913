import Glibc

extension SystemError {
    /// The name is taken (`EEXIST`).
    public var isExistingFile: Bool { code == EEXIST }

    /// There is no such file (`ENOENT`).
    public var isMissingFile: Bool { code == ENOENT }

    /// The file system, or this user's share of it, is full (`ENOSPC`, `EDQUOT`).
    public var isFull: Bool { code == ENOSPC || code == EDQUOT }

    /// Nobody reads what is written (`EPIPE`).
    public var isBrokenPipe: Bool { code == EPIPE }

    /// Another process has the lock (`EWOULDBLOCK`).
    public var isLocked: Bool { code == EWOULDBLOCK }
}

extension SystemError {
    /// What `open` says of a name that is taken (`EEXIST`).
    public static func existingFile(_ path: String) -> Self {
        Self("open", code: EEXIST, subject: path)
    }
}
