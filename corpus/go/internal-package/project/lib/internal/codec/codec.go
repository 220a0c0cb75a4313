package codec

const Name = "json"
