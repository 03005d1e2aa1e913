/// A request method (RFC 9110 9); those that no route has are `other`.
public enum Method: UInt8, BitwiseCopyable, Sendable {
    /// Reads.
    case get
    /// Reads the head of what `get` would answer.
    case head
    /// Does what the resource means by it.
    case post
    /// Makes or replaces.
    case put
    /// Changes a part.
    case patch
    /// Removes.
    case delete
    /// Asks what is allowed.
    case options
    /// Any other token.
    case other
}

/// The methods that a resource has.
public struct MethodSet: OptionSet, BitwiseCopyable, Sendable {
    /// One bit a method.
    public let rawValue: UInt8

    /// The set with these bits.
    @inlinable
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// GET, and HEAD, which is wherever GET is.
    public static let get = Self(rawValue: 1 << Method.get.rawValue | 1 << Method.head.rawValue)
    /// POST.
    public static let post = Self(rawValue: 1 << Method.post.rawValue)
    /// PUT.
    public static let put = Self(rawValue: 1 << Method.put.rawValue)
    /// PATCH.
    public static let patch = Self(rawValue: 1 << Method.patch.rawValue)
    /// DELETE.
    public static let delete = Self(rawValue: 1 << Method.delete.rawValue)

    /// Whether a request with the method may pass; OPTIONS is answered for every resource and is in no set.
    @inlinable
    public func allows(_ method: Method) -> Bool {
        method != .other && rawValue & (1 &<< method.rawValue) != 0
    }
}
