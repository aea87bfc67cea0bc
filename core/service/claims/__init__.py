"""What members take on 认领: the matters that plugins put up, who claimed them, and the service records into which they close."""
