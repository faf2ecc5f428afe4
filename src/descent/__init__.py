"""What every notebook of the course imports. It holds no answers: it travels to students."""
