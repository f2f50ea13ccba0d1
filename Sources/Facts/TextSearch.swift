extension ArraySlice<UInt8> {
  /// Whether the bytes of `needle` stand here in a row. Reserves no memory for any needle of up to 15 bytes; true when it is empty.
  package func holds(_ needle: String) -> Bool {
    var needle = needle
    return needle.withUTF8 { needle in
      withUnsafeBufferPointer { bytes in
        guard let first = needle.first else { return true }
        guard bytes.count >= needle.count else { return false }
        for start in 0...(bytes.count - needle.count) where bytes[start] == first {
          var length = 1
          while length < needle.count, bytes[start + length] == needle[length] { length += 1 }
          if length == needle.count { return true }
        }
        return false
      }
    }
  }
}
