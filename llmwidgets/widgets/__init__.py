"""The views, one file a class; each has a folder of the same name under js/widgets/."""
