import Testing

/// Everything here runs the real executables as processes, over real sockets and files.
///
/// One test after the other: they load the machine, and some of them measure.
@Suite("The whole server", .serialized)
struct SystemTests {}
