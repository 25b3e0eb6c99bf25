"""Plans written as ONNX graphs."""
