import Platform

/// The connections of one loop as its front uses them: the kernel's sockets, or simulated ones.
///
/// A connection is a number of the transport's, which may go from one loop's to another's with its owner. It is a
/// parameter of `Front` that the compiler specialises: a call to a socket costs what it would without it.
///
/// - Isolation: the loop's thread.
package protocol Transport: Sendable {
    /// From now on the front hears of waiting connections, by this token.
    func watchListener(token: UInt64) throws(SystemError)

    /// Leaves waiting connections to the other loops.
    func unwatchListener()

    /// Takes one waiting connection; nil when there is none.
    ///
    /// - Throws: what the machine lacks.
    func accept() throws(SystemError) -> Int32?

    /// Who is at the other end of a connection; nil where that is not known.
    func peer(of connection: Int32) -> IPAddress?

    /// Whether a connection came to the operator's address; asked only where there is one of its own.
    func isOperators(_ connection: Int32) -> Bool

    /// From now on the front hears of each change of a connection, once a change, and first of the present state.
    func watch(_ connection: Int32, token: UInt64) throws(SystemError)

    /// Reads what is there into the buffer's start.
    func read(_ connection: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Transfer

    /// Writes from the buffer's start.
    func write(_ connection: Int32, _ buffer: UnsafeRawBufferPointer) -> Transfer

    /// Says that no more will be written; reading goes on.
    func endWriting(_ connection: Int32)

    /// Ends a connection; its number may come back as another's.
    func close(_ connection: Int32)
}
