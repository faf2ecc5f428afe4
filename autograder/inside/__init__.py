"""The only code of ours that runs beside the student's."""
